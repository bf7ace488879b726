// The page of results: arrow keys walk from the box through the hits and back. Where there is room
// for it beside the hits, the first ways to narrow them down are open.

const OPEN = 4;
const wide = matchMedia("(min-width: 62rem)");

function openFacets() {
  for (const [place, facet] of document.querySelectorAll(".sieve").entries()) {
    facet.open = wide.matches && place < OPEN;
  }
}

openFacets();
wide.addEventListener("change", openFacets);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "results") openFacets();
});

document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const box = document.querySelector("[data-find-page] input[type=search]");
  const links = [...document.querySelectorAll("[data-hits] .hit-head > a")];
  const stops = [box, ...links];
  const here = stops.indexOf(document.activeElement);
  const next = stops[here + (event.key === "ArrowDown" ? 1 : -1)];
  if (here < 0 || !next) return;
  event.preventDefault();
  next.focus();
});
