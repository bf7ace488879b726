// What the administration's pages need of a script: choosing rows, and names offered while typing.

const form = document.getElementById("changelist-form");
const acts = form?.querySelector("[data-acts]");
if (acts) chooseRows();
for (const box of document.querySelectorAll("input[data-names-of]")) offerNames(box);

function chooseRows() {
  const toggle = document.getElementById("action-toggle");
  const boxes = [...form.querySelectorAll("input.action-select")];
  const across = acts.querySelector("[data-across]");
  const sent = acts.querySelector("[name=select_across]");
  const said = acts.querySelector("[data-chosen]");
  let last = null;

  toggle.addEventListener("change", () => {
    for (const box of boxes) box.checked = toggle.checked;
    show();
  });
  form.addEventListener("click", (event) => {
    const box = event.target.closest("input.action-select");
    if (!box) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    show();
  });
  across?.addEventListener("click", () => {
    sent.value = "1";
    said.textContent = `all ${Number(across.dataset.across).toLocaleString("en")} chosen`;
    across.hidden = true;
  });
  addEventListener("pageshow", show);

  function show() {
    const count = boxes.filter((box) => box.checked).length;
    sent.value = "0";
    toggle.checked = count === boxes.length;
    toggle.indeterminate = count > 0 && count < boxes.length;
    said.textContent = count ? `${count} chosen` : "";
    if (across) across.hidden = count < boxes.length;
  }
}

function offerNames(box) {
  let waiting;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const query = new URLSearchParams({ of: box.dataset.namesOf, q: box.value });
      const answer = await fetch(`${box.dataset.namesAt}?${query}`);
      if (!answer.ok) return;
      const { names } = await answer.json();
      box.list.replaceChildren(...names.map((name) => new Option(name, name)));
    }, 200);
  });
}
