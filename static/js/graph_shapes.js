// The shapes of which graph.js makes its picture: nodes, edges and column links, as SVG.

const SVG = "http://www.w3.org/2000/svg";
const ROUND = 8;
const NAME_LETTERS = { job: 30, group: 30, dataset: 28 }; // what fits, in a font whose letters are equally wide
const NAMESPACE_LETTERS = 34;
const KINDS = { job: "Job", group: "Group of jobs", dataset: "Dataset" };

export const WIDTH = 276;
export const HEAD = 46;
export const ROW = 20;
export const MOST_ROWS = 40; // columns of one dataset that are drawn at once

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function shorten(text, letters) {
  if (text.length <= letters) return text;
  const tail = Math.ceil((letters - 1) * 0.6);
  return `${text.slice(0, letters - 1 - tail)}…${text.slice(-tail)}`;
}

export function rowsOf(node) {
  return node.isOpen ? Math.min(node.columns.length, MOST_ROWS) : 0;
}

export function heightOf(node) {
  if (!node.isOpen) return HEAD;
  const more = node.columns.length > MOST_ROWS ? 1 : 0;
  return HEAD + Math.max(1, rowsOf(node) + more) * ROW + 6;
}

// What a screen reader says of a node.
export function wordsOf(node) {
  if (node.kind === "withheld") return "Withheld from you";
  const marks = node.marks.map((mark) => mark.word.toLowerCase());
  return [
    `${KINDS[node.kind]} ${node.name}`,
    `in ${node.namespace}`,
    ...marks,
    `${node.before.length} in, ${node.after.length} out`,
    ...(node.more.length ? ["there is more beyond"] : []),
  ].join(", ");
}

export function nodeShape(node, icons) {
  const height = heightOf(node);
  const group = svg("g", { class: `node node-${node.kind}${node.change ? ` is-${node.change}` : ""}`, "data-node": node.number, transform: `translate(${node.x} ${node.y})` });
  group.append(outline(node, height));
  if (node.kind === "withheld") {
    group.append(svg("text", { class: "node-quiet", x: WIDTH / 2, y: 28, "text-anchor": "middle" }, "Withheld from you"), button(wordsOf(node), { width: WIDTH, height: HEAD, rx: HEAD / 2 }));
    return group;
  }
  group.append(
    svg("use", { href: `${icons}#${node.kind === "dataset" ? "dataset" : "job"}`, x: 14, y: 15, width: 16, height: 16, class: "node-icon" }),
    svg("text", { class: "node-name", x: 40, y: 20 }, shorten(node.name, NAME_LETTERS[node.kind])),
    svg("text", { class: "node-quiet", x: 40, y: 36 }, shorten(node.namespace, NAMESPACE_LETTERS)),
    ...markShapes(node),
    button(wordsOf(node), { width: WIDTH, height: HEAD }),
  );
  if (node.kind === "dataset") group.append(opener(node));
  if (node.kind === "group") group.append(moreShape(node, "after"));
  group.append(...node.more.map((side) => moreShape(node, side)));
  if (node.isOpen) group.append(...columnRows(node));
  return group;
}

// What is focused and pressed: it has the whole name, which the letters may have no room for.
function button(words, place) {
  return svg("rect", { class: "graph-button", role: "button", tabindex: -1, "aria-label": words, ...place }, svg("title", {}, words));
}

// Jobs are round, datasets square with a bar: the shape says it without the colour.
function outline(node, height) {
  const radius = node.kind === "dataset" ? 4 : HEAD / 2;
  const box = svg("rect", { class: "node-box", width: WIDTH, height, rx: radius });
  if (node.kind === "group") return svg("g", {}, svg("rect", { class: "node-box", x: 5, y: 5, width: WIDTH, height, rx: radius }), box);
  if (node.kind !== "dataset") return box;
  return svg("g", {}, box, svg("path", { class: "node-bar", d: `M4 .5H2.5Q.5 .5 .5 4V${height - 4}Q.5 ${height - 0.5} 2.5 ${height - 0.5}H4Z` }));
}

function markShapes(node) {
  let end = WIDTH - 12;
  return node.marks.map((mark) => {
    const width = mark.word.length * 6.6 + 12;
    end -= width + 4;
    return svg("g", { class: `mark mark-${mark.tone}`, transform: `translate(${end + 4} -8)` },
      svg("rect", { width, height: 16, rx: 8 }),
      svg("text", { x: width / 2, y: 11.5, "text-anchor": "middle" }, mark.word));
  });
}

function opener(node) {
  const turned = node.isOpen ? "M-4 2L0 -2L4 2" : "M-4 -2L0 2L4 -2";
  return svg("g", { class: "opener", "data-open": node.number, transform: `translate(${WIDTH - 18} 23)` },
    svg("title", {}, node.isOpen ? "Hide columns" : "Show columns"),
    svg("rect", { x: -12, y: -14, width: 24, height: 28, rx: 4 }),
    svg("path", { d: turned }));
}

// At the side where there is more.
function moreShape(node, side) {
  const x = side === "before" ? 0 : WIDTH;
  return svg("g", { class: "more-sign", "data-more": node.number, transform: `translate(${x} ${HEAD / 2})` },
    svg("title", {}, "Show what is beyond (O)"),
    svg("circle", { class: "more-hit", r: 14 }),
    svg("circle", { class: "more-disc", r: 9 }),
    svg("path", { d: "M-4 0H4M0 -4V4" }));
}

function columnRows(node) {
  const rows = node.columns.slice(0, MOST_ROWS).map((column, index) => {
    const top = HEAD + index * ROW;
    const letters = column.type ? 24 : 36;
    const place = { x: 5, width: WIDTH - 6, height: ROW };
    return svg("g", { class: "column", "data-column": index, "data-of": node.number, transform: `translate(0 ${top})` },
      svg("rect", { class: "column-box", ...place }),
      svg("text", { x: 16, y: 14 }, shorten(column.name, letters)),
      svg("text", { class: "column-type", x: WIDTH - 12, y: 14, "text-anchor": "end" }, shorten(column.type, 13)),
      button(`Column ${column.name} ${column.type}`.trim(), place));
  });
  const hidden = node.columns.length - rows.length;
  const note = node.columns.length === 0 ? "No columns are known" : hidden > 0 ? `and ${hidden} more` : "";
  if (note) rows.push(svg("text", { class: "node-quiet", x: 16, y: HEAD + rows.length * ROW + 14 }, note));
  return rows;
}

export function edgeShape(edge) {
  const points = edge.points;
  const kinds = { isAttempt: "attempt", isFormer: "former", isManual: "manual", isThrough: "through" };
  const looks = Object.keys(kinds).filter((kind) => edge[kind]).map((kind) => ` edge-${kinds[kind]}`);
  if (edge.change) looks.push(` is-${edge.change}`);
  const group = svg("g", { class: `edge${looks.join("")}`, "data-edge": edge.number },
    svg("path", { class: "edge-hit", d: rounded(points) }),
    svg("path", { class: "edge-line", d: rounded(points) }),
    svg("path", { class: "edge-tip", d: tip(points.at(-2), points.at(-1)) }));
  return group;
}

function rounded(points) {
  const path = [`M${points[0].x} ${points[0].y}`];
  for (let i = 1; i < points.length - 1; i += 1) {
    const [before, corner, after] = points.slice(i - 1, i + 2);
    const from = towards(corner, before);
    const to = towards(corner, after);
    path.push(`L${from.x} ${from.y}Q${corner.x} ${corner.y} ${to.x} ${to.y}`);
  }
  path.push(`L${points.at(-1).x} ${points.at(-1).y}`);
  return path.join("");
}

function towards(corner, other) {
  const distance = Math.hypot(other.x - corner.x, other.y - corner.y) || 1;
  const share = Math.min(ROUND, distance / 2) / distance;
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}

function tip(before, end) {
  const sign = end.x >= before.x ? 1 : -1;
  return `M${end.x} ${end.y}l${-7 * sign} -4v8z`;
}

// From a column, or a closed dataset, to another.
export function linkShape(link) {
  const start = { x: link.from.x + WIDTH, y: link.from.y };
  const end = { x: link.to.x, y: link.to.y };
  const bend = Math.max(40, Math.abs(end.x - start.x) / 2);
  const path = `M${start.x} ${start.y}C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`;
  return svg("path", { class: `column-link${link.masks ? " is-masked" : ""}${link.change ? ` is-${link.change}` : ""}`, d: path }, svg("title", {}, link.words));
}
