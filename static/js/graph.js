// Draws a graph of lineage out of its tables: ELK arranges it in a worker, SVG shows it.

import { columnWords, edgeWords, nodeWords } from "./graph_details.js";
import { chain, key, nearest, reach } from "./graph_paths.js";
import { HEAD, MOST_ROWS, ROW, WIDTH, edgeShape, heightOf, linkShape, nodeShape, svg } from "./graph_shapes.js";
import { joinedByNodes, linksOf, readEdges, readNodes } from "./graph_tables.js";

const FARTHEST = 0.05;
const CLOSEST = 2.5;
const READABLE = 0.55; // below this scale letters are no letters any more
const READING = 0.9; // the scale at which a graph too large to read as a whole begins
const MARGIN = 16;
// Where a node stood on the screen when it was opened: it stands there in the next graph.
let opened = null;
let shown = window.location.search;
const LAYOUT = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.spacing.nodeNodeBetweenLayers": "56",
  "elk.layered.spacing.edgeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
  "elk.spacing.nodeNode": "24",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.spacing.componentComponent": "48",
  "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
};

class LineageGraph extends HTMLElement {
  connectedCallback() {
    this.view = this.querySelector("[data-view]");
    this.details = this.querySelector("[data-details]");
    this.tables = document.getElementById(this.dataset.tables);
    this.place = { x: 0, y: 0, scale: 1 };
    this.pointers = new Map();
    this.links = new Map();
    this.chosen = null;
    this.read();
    this.prepare();
    this.listen();
    this.arrange()
      .then(() => {
        this.tables.open = false;
        if (!this.resume()) this.showBeginning();
        if (!this.chosen) this.choose(this.start);
      })
      .catch((error) => this.giveUp(error));
  }

  disconnectedCallback() {
    this.elk?.terminateWorker();
  }

  // The graph, as the tables tell it

  read() {
    const isOfColumns = "ofColumns" in this.dataset;
    this.nodes = readNodes(this.tables, isOfColumns);
    this.byId = new Map(this.nodes.map((node) => [node.id, node]));
    this.start = this.nodes[Number(this.dataset.start)];
    const edges = readEdges(this.tables, this.nodes);
    if (isOfColumns) this.links = linksOf(edges);
    this.edges = isOfColumns ? joinedByNodes(edges) : edges;
    this.edges.forEach((edge, index) => {
      edge.number = index;
      edge.from.after.push(edge.to);
      edge.to.before.push(edge.from);
    });
  }

  prepare() {
    this.world = svg("g");
    this.svg = svg("svg", { class: "graph-svg", role: "group", "aria-label": "Graph of lineage", "aria-describedby": "graph-keys" }, this.world);
    this.view.prepend(this.svg);
  }

  async arrange() {
    await import(this.dataset.elk);
    this.elk ??= new window.ELK({ workerUrl: this.dataset.worker, algorithms: ["layered"] });
    const arranged = await this.elk.layout({
      id: "graph",
      layoutOptions: LAYOUT,
      children: this.nodes.map((node) => ({ id: `n${node.number}`, width: WIDTH, height: heightOf(node) })),
      edges: this.edges.map((edge, index) => ({ id: `e${index}`, sources: [`n${edge.from.number}`], targets: [`n${edge.to.number}`] })),
    });
    arranged.children.forEach((box, index) => Object.assign(this.nodes[index], { x: box.x, y: box.y }));
    arranged.edges.forEach((edge, index) => {
      const [section] = edge.sections;
      this.edges[index].points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
    });
    this.size = { width: arranged.width, height: arranged.height };
    this.draw();
    this.querySelector("[data-busy]")?.remove();
  }

  giveUp(error) {
    this.tables.open = true;
    this.view.replaceChildren(`The graph cannot be drawn here (${error.message}). The tables below say the same.`);
    this.view.classList.add("graph-failed");
  }

  // The picture

  draw() {
    for (const edge of this.edges) edge.shape = edgeShape(edge);
    for (const node of this.nodes) {
      node.shape = nodeShape(node, this.dataset.icons);
      node.button = node.shape.querySelector(".graph-button");
    }
    this.linkLayer = svg("g");
    this.world.replaceChildren(
      ...this.edges.map((edge) => edge.shape),
      this.linkLayer,
      ...this.nodes.map((node) => node.shape),
    );
    (this.chosen?.node ?? this.start).button.setAttribute("tabindex", "0");
    this.start.shape.classList.add("is-start");
    this.drawLinks();
  }

  drawLinks() {
    const shown = [...this.links.values()].filter((link) => link.from.node.isOpen || link.to.node.isOpen);
    for (const link of shown) {
      const [from, to] = [this.pointOf(link.from), this.pointOf(link.to)];
      link.shape = linkShape({ from, to, masks: link.masks, words: link.words, change: link.change });
    }
    for (const edge of this.edges) edge.shape.classList.toggle("edge-under", Boolean(edge.isUnder) && (edge.from.isOpen || edge.to.isOpen));
    this.linkLayer.replaceChildren(...shown.map((link) => link.shape));
    this.shown = shown;
    this.mark();
  }

  pointOf({ node, column }) {
    const index = node.isOpen ? node.columns.findIndex((one) => one.name === column) : -1;
    const isDrawn = index >= 0 && index < MOST_ROWS;
    const down = isDrawn ? HEAD + (index + 0.5) * ROW : node.isOpen && index >= MOST_ROWS ? heightOf(node) - 12 : HEAD / 2;
    return { x: node.x, y: node.y + down };
  }

  move(place) {
    this.place = place;
    this.world.setAttribute("transform", `translate(${place.x} ${place.y}) scale(${place.scale})`);
    this.svg.classList.toggle("is-far", place.scale < READABLE);
  }

  get room() {
    return this.svg.getBoundingClientRect();
  }

  showAll() {
    const { width, height } = this.room;
    const scale = Math.max(FARTHEST, Math.min(1, (width - 2 * MARGIN) / this.size.width, (height - 2 * MARGIN) / this.size.height));
    this.move({ scale, x: (width - this.size.width * scale) / 2, y: (height - this.size.height * scale) / 2 });
  }

  // The node that was opened, where it stood before.
  resume() {
    const node = opened && this.byId.get(opened.id);
    if (!node) return false;
    const { scale } = opened;
    this.move({ scale, x: opened.x - node.x * scale, y: opened.y - node.y * scale });
    opened = null;
    this.choose(node);
    node.button.focus();
    return true;
  }

  showBeginning() {
    this.showAll();
    if (this.place.scale < READABLE) this.showStart(READING);
  }

  centre(node, scale = this.place.scale) {
    const { width, height } = this.room;
    this.move({ scale, x: width / 2 - (node.x + WIDTH / 2) * scale, y: height / 2 - (node.y + heightOf(node) / 2) * scale });
  }

  // The start in the middle, unless room would be left empty beside the graph.
  showStart(scale) {
    this.centre(this.start, scale);
    const { width, height } = this.room;
    const { x, y } = this.place;
    this.move({ scale, x: filling(x, width, this.size.width * scale), y: filling(y, height, this.size.height * scale) });
  }

  zoom(factor, at) {
    const { width, height } = this.room;
    const point = at ?? { x: width / 2, y: height / 2 };
    const scale = Math.min(CLOSEST, Math.max(FARTHEST, this.place.scale * factor));
    const share = scale / this.place.scale;
    this.move({ scale, x: point.x - (point.x - this.place.x) * share, y: point.y - (point.y - this.place.y) * share });
  }

  bringIntoView(node) {
    const { width, height } = this.room;
    const { x, y, scale } = this.place;
    const [left, top] = [node.x * scale + x, node.y * scale + y];
    const isInside = left > 8 && top > 8 && left + WIDTH * scale < width - 8 && top + HEAD * scale < height - 8;
    if (!isInside) this.centre(node);
  }

  // Hands and keys

  listen() {
    this.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", () => this.act(button.dataset.do)));
    this.svg.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    this.svg.addEventListener("pointerdown", (event) => this.grip(event));
    this.svg.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, (event) => this.release(event));
    this.svg.addEventListener("keydown", (event) => this.press(event));
    // Not on the SVG: one that listens for focus takes it, as a stop of the Tab key.
    this.view.addEventListener("focusin", (event) => this.take(event.target));
    this.svg.addEventListener("pointerleave", () => this.hover(null));
    this.svg.addEventListener("pointerover", (event) => this.hover(event.target.closest("[data-column]")));
    this.details.addEventListener("click", (event) => this.follow(event.target.closest("button")));
    this.tables.addEventListener("click", (event) => this.openFrom(event));
  }

  act(what) {
    const acts = {
      closer: () => this.zoom(1.3),
      farther: () => this.zoom(1 / 1.3),
      all: () => this.showAll(),
      start: () => this.showStart(Math.max(this.place.scale, READING)),
    };
    acts[what]();
  }

  turn(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page's own scrolling
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), this.within(event));
  }

  within(event) {
    const { left, top } = this.room;
    return { x: event.clientX - left, y: event.clientY - top };
  }

  grip(event) {
    this.pointers.set(event.pointerId, this.within(event));
    this.travelled = 0;
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.within(event);
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    this.travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.travelled > 4) this.svg.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, now);
    if (others.length) {
      const [other] = others;
      const grown = Math.hypot(now.x - other.x, now.y - other.y) / (Math.hypot(before.x - other.x, before.y - other.y) || 1);
      this.zoom(grown, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else {
      this.move({ ...this.place, x: this.place.x + now.x - before.x, y: this.place.y + now.y - before.y });
    }
  }

  release(event) {
    const wasHeld = this.pointers.delete(event.pointerId);
    if (!wasHeld || event.type === "pointercancel" || this.travelled > 4) return;
    const more = event.target.closest("[data-more]");
    const opener = event.target.closest("[data-open]");
    const column = event.target.closest("[data-column]");
    const node = event.target.closest("[data-node]");
    const edge = event.target.closest("[data-edge]");
    if (more) this.openMore(this.nodes[Number(more.dataset.more)]);
    else if (opener) this.toggle(this.nodes[Number(opener.dataset.open)]);
    else if (column) this.chooseColumn(column);
    else if (node) this.choose(this.nodes[Number(node.dataset.node)]);
    else if (edge) this.chooseEdge(this.edges[Number(edge.dataset.edge)]);
    else this.choose(null);
  }

  press(event) {
    const column = event.target.closest("[data-column]");
    const shape = event.target.closest("[data-node]");
    if (!shape || event.altKey || event.ctrlKey || event.metaKey) return;
    const node = this.nodes[Number(shape.dataset.node)];
    const acts = {
      ArrowRight: () => this.goTo(nearest(node, node.after)),
      ArrowLeft: () => this.goTo(nearest(node, node.before)),
      ArrowDown: () => (column ? this.nextColumn(column, 1) : this.goTo(this.beside(node, 1))),
      ArrowUp: () => (column ? this.nextColumn(column, -1) : this.goTo(this.beside(node, -1))),
      Enter: () => (column ? this.chooseColumn(column) : this.choose(node)),
      " ": () => (column ? this.chooseColumn(column) : this.choose(node)),
      c: () => this.toggle(node),
      o: () => this.openMore(node),
      Escape: () => this.choose(null),
      "+": () => this.zoom(1.3),
      "-": () => this.zoom(1 / 1.3),
      0: () => this.showAll(),
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  }

  take(target) {
    const shape = target.closest("[data-node]");
    if (!shape) return;
    for (const node of this.nodes) node.button.setAttribute("tabindex", node.shape === shape ? "0" : "-1");
    if (target.matches(":focus-visible")) this.bringIntoView(this.nodes[Number(shape.dataset.node)]);
    this.hover(target.closest("[data-column]"));
  }

  goTo(node) {
    node?.button.focus();
  }

  nextColumn(column, step) {
    const rows = [...column.parentNode.querySelectorAll("[data-column]")];
    (rows[rows.indexOf(column) + step] ?? column.closest("[data-node]")).querySelector(".graph-button").focus();
  }

  // The nearest node above or below that stands in the same layer.
  beside(node, step) {
    const others = this.nodes.filter((one) => Math.abs(one.x - node.x) < WIDTH / 2 && (one.y - node.y) * step > 0);
    const first = step > 0 && node.shape.querySelector("[data-column] .graph-button");
    if (first) return { button: first };
    return others.sort((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))[0];
  }

  // What is chosen, and what it hangs together with

  choose(node) {
    this.chosen = node ? { node } : null;
    this.mark();
    this.tell();
  }

  chooseColumn(shape) {
    const node = this.nodes[Number(shape.dataset.of)];
    this.chosen = { node, column: node.columns[Number(shape.dataset.column)].name };
    this.mark();
    this.tell();
  }

  chooseEdge(edge) {
    this.chosen = { edge };
    this.mark();
    this.tell();
  }

  hover(shape) {
    const node = shape && this.nodes[Number(shape.dataset.of)];
    const pointed = node && { node, column: node.columns[Number(shape.dataset.column)].name };
    if (pointed?.column === this.pointed?.column && pointed?.node === this.pointed?.node) return;
    this.pointed = pointed;
    this.mark();
  }

  mark() {
    const { node, column, edge: chosen } = this.chosen ?? {};
    const isNode = node && !column;
    const up = isNode ? reach(node, "before") : new Set();
    const down = isNode ? reach(node, "after") : new Set();
    this.svg.classList.toggle("has-choice", Boolean(isNode));
    for (const one of this.nodes) {
      one.shape.classList.toggle("is-chosen", one === node);
      one.button.setAttribute("aria-pressed", String(one === node));
      one.shape.classList.toggle("is-near", one === node || up.has(one) || down.has(one));
    }
    for (const edge of this.edges) {
      const isUp = (edge.to === node || up.has(edge.to)) && up.has(edge.from);
      const isDown = (edge.from === node || down.has(edge.from)) && down.has(edge.to);
      edge.shape.classList.toggle("is-near", isUp || isDown);
      edge.shape.classList.toggle("is-chosen", edge === chosen);
    }
    this.markLinks();
  }

  markLinks() {
    const starts = [this.pointed, this.chosen?.column ? this.chosen : null].filter(Boolean);
    const lit = new Set(starts.flatMap((end) => chain(end, [...this.links.values()])));
    this.svg.classList.toggle("has-lit", lit.size > 0);
    for (const link of this.shown ?? []) link.shape.classList.toggle("is-lit", lit.has(link));
    const columns = new Set([...lit].flatMap((link) => [key(link.from), key(link.to)]));
    starts.forEach((end) => columns.add(key(end)));
    for (const row of this.world.querySelectorAll("[data-column]")) {
      const node = this.nodes[Number(row.dataset.of)];
      row.classList.toggle("is-lit", columns.has(key({ node, column: node.columns[Number(row.dataset.column)].name })));
    }
  }

  // Open or close the columns of a dataset; it stays where it is on the screen.
  async toggle(node) {
    if (node.kind !== "dataset" || this.isBusy) return;
    this.isBusy = true;
    const before = { x: node.x, y: node.y };
    const hadFocus = this.svg.contains(document.activeElement);
    try {
      node.columns ??= await this.fetchColumns(node);
      node.isOpen = !node.isOpen;
      await this.arrange();
      const { x, y, scale } = this.place;
      this.move({ scale, x: x + (before.x - node.x) * scale, y: y + (before.y - node.y) * scale });
      this.tell();
      if (hadFocus) node.button.focus();
    } catch (error) {
      this.details.append(`The columns cannot be shown just now (${error.message}).`);
    } finally {
      this.isBusy = false;
    }
  }

  // Show what is beyond a node at the edge, and keep the rest.

  openFrom(event) {
    const link = event.target.closest("a[data-opens]");
    if (!link || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.openMore(this.nodes.find((node) => node.opens === link.getAttribute("href")));
  }

  async openMore(node) {
    if (!node?.opens || this.isBusy) return;
    this.isBusy = true;
    const { x, y, scale } = this.place;
    try {
      const url = new URL(node.opens, window.location.href);
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      opened = { id: node.id, scale, x: node.x * scale + x, y: node.y * scale + y };
      window.history.pushState(null, "", url);
      shown = url.search;
      for (const part of ["[data-graph-form]", "#graph-answer"]) {
        document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
      }
      document.getElementById("graph-status").textContent = `${node.name} is open: ${document.querySelector("[data-sum]").textContent}`;
    } catch (error) {
      this.details.append(`It cannot be opened just now (${error.message}).`);
    } finally {
      this.isBusy = false;
    }
  }

  async fetchColumns(node) {
    const response = await fetch(`${this.dataset.columnsUrl}?${new URLSearchParams({ nodeId: node.id })}`);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    const { columns, links } = await response.json();
    for (const link of links) {
      const [from, to] = [this.byId.get(link.from.id), this.byId.get(link.to.id)];
      if (!from || !to) continue;
      const ends = { from: { node: from, column: link.from.column }, to: { node: to, column: link.to.column } };
      const words = [link.how.join(", "), link.masks ? "masked" : ""].filter(Boolean).join(", ");
      this.links.set(`${key(ends.from)} ${key(ends.to)}`, { ...ends, words, masks: link.masks });
    }
    return columns;
  }

  // The details beside the picture

  tell() {
    const { node, column, edge } = this.chosen ?? {};
    const words = edge
      ? edgeWords(edge)
      : column
        ? columnWords({ node, column }, [...this.links.values()])
        : node && nodeWords(node, { ...this.dataset, edges: this.edges, start: this.start });
    this.details.replaceChildren(...(words ?? []));
  }

  follow(button) {
    if (!button) return;
    if (button.dataset.edge) this.chooseEdge(this.edges[Number(button.dataset.edge)]);
    if (button.dataset.opens) this.openMore(this.nodes[Number(button.dataset.opens)]);
    if (button.dataset.columns) this.toggle(this.nodes[Number(button.dataset.columns)]);
    if (button.dataset.go) {
      const node = this.nodes[Number(button.dataset.go)];
      this.choose(node);
      this.bringIntoView(node);
    }
  }
}

// Where something longer than its room begins, so that no end of it leaves room unused.
function filling(place, room, length) {
  if (length + 2 * MARGIN <= room) return (room - length) / 2;
  return Math.min(MARGIN, Math.max(room - MARGIN - length, place));
}

// What says nothing of its own stays out of the address.
function leaveOut(form) {
  const usual = [...form.querySelectorAll("fieldset[data-usual]")].filter((set) => {
    const chosen = [...set.querySelectorAll(":checked")].map((box) => box.value);
    return chosen.sort().join(" ") === set.dataset.usual.split(" ").sort().join(" ");
  });
  const fields = [...form.elements].filter((field) => field.name && !field.disabled && (!field.value || usual.includes(field.closest("fieldset"))));
  fields.forEach((field) => { field.disabled = true; });
  setTimeout(() => fields.forEach((field) => { field.disabled = false; }));
}

document.addEventListener("submit", (event) => event.target.matches("[data-graph-form]") && leaveOut(event.target));
document.addEventListener("change", (event) => event.target.closest("[data-submits]")?.form.requestSubmit());
window.addEventListener("popstate", () => window.location.search !== shown && window.location.reload());
customElements.define("lineage-graph", LineageGraph);
