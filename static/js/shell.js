// What every page needs of a script: menus that close, copying, the appearance, the jump box.

const root = document.documentElement;
root.classList.add("js");

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("button[data-copy], button[data-copy-from]");
  if (copy) await copyText(copy);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const found = document.querySelector(".find-found");
  if (found && !event.target.closest(".find")) found.replaceChildren();
});

document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-find] input");
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    document.querySelector(".find-found")?.replaceChildren();
  } else if (event.key === "/" && box && !isTyping(event)) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    moveInFound(event);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-appearance]");
  if (!form || !event.submitter) return;
  // htmx sends the form; here the page changes without waiting for the answer.
  const theme = event.submitter.value;
  if (theme) root.dataset.bsTheme = theme;
  else delete root.dataset.bsTheme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
});

// Boxes of a list: one that chooses all the others; a row's label needs no script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-choose]");
  if (!form || event.target.type !== "checkbox") return;
  const all = form.querySelector("[data-choose-all]");
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  if (event.target === all) {
    for (const box of boxes) box.checked = all.checked;
  } else if (all) {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
});

function readyToChoose() {
  for (const all of document.querySelectorAll("[data-choose-all]")) all.disabled = false;
}
readyToChoose();
document.addEventListener("htmx:afterSettle", readyToChoose);

function isTyping(event) {
  return event.ctrlKey || event.metaKey || event.altKey
    || event.target.closest("input, textarea, select, [contenteditable]") !== null;
}

function moveInFound(event) {
  const find = event.target.closest("[data-find]");
  if (!find) return;
  const stops = [find.querySelector("input"), ...find.querySelectorAll(".find-found a")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (stops.length === 1 || !next) return;
  event.preventDefault();
  next.focus();
}

async function copyText(button) {
  const source = button.dataset.copyFrom;
  const text = source ? document.getElementById(source).textContent : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers keep the clipboard from pages that came over plain HTTP.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    button.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const use = button.querySelector("use");
  const was = use.getAttribute("href");
  button.dataset.done = "";
  use.setAttribute("href", was.replace(/#.*/, "#check"));
  setTimeout(() => {
    delete button.dataset.done;
    use.setAttribute("href", was);
  }, 1500);
}
