// The page of results: arrow keys walk from the box through the hits and back.

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
