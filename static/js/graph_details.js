// What is said beside the picture of the node or column that is chosen.

import { key, reach } from "./graph_paths.js";

const NEIGHBOURS = 12; // that are named

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

export function nodeWords(node, page) {
  if (node.kind === "withheld") {
    return [
      html("h2", { class: "h3" }, "Withheld from you"),
      html("p", { class: "soft" }, "Something is here that your rights do not show: what flows through it, but not what it is."),
    ];
  }
  const isJob = node.kind !== "dataset";
  const pills = node.marks.flatMap((mark) => [html("span", { class: `pill pill-${mark.tone}` }, mark.word), " "]);
  return [
    html("p", { class: "quiet small" }, node.kind === "group" ? "Group of jobs" : isJob ? "Job" : "Dataset"),
    html("h2", { class: "h3 id" }, node.name),
    html("p", { class: "id soft small" }, node.namespace),
    ...(pills.length ? [html("p", {}, ...pills)] : []),
    html("p", { class: "graph-actions" }, ...actions(node, page)),
    ...side(isJob ? "Reads" : "Comes from", page.edges.filter((edge) => edge.to === node), "from", `${reach(node, "before").size} upstream in this graph`),
    ...side(isJob ? "Writes" : "Goes into", page.edges.filter((edge) => edge.from === node), "to", `${reach(node, "after").size} downstream in this graph`),
  ];
}

function actions(node, { start, query, lineageUrl, pathsUrl }) {
  const look = "btn btn-plain btn-small";
  const found = [];
  if (node.url) found.push(html("a", { class: look, href: node.url }, node.kind === "dataset" ? "Open the dataset" : "Open the job"));
  if (node.opens) found.push(html("button", { type: "button", class: look, "data-opens": node.number }, node.kind === "group" ? "Show its jobs" : "Show what is beyond"));
  if (node !== start && node.url) {
    found.push(html("a", { class: look, href: `${lineageUrl}?${new URLSearchParams({ nodeId: node.id })}${query && `&${query}`}` }, "Start from here"));
    found.push(html("a", { class: look, href: `${pathsUrl}?${new URLSearchParams({ from: start.id, to: node.id })}` }, "Paths from the start"));
  }
  if (node.kind === "dataset") {
    found.push(html("button", { type: "button", class: look, "data-columns": node.number }, node.isOpen ? "Hide columns" : "Show columns"));
  }
  return found;
}

function nameOf(node) {
  return node.name || "Withheld from you";
}

function goButton(node) {
  return html("button", { type: "button", class: "link id", "data-go": node.number }, nameOf(node));
}

// One side of a node: its neighbours, each with the edge to it.
function side(title, edges, far, sum) {
  if (!edges.length) return [];
  const named = edges.slice(0, NEIGHBOURS);
  const lines = named.map((edge) => {
    const what = `why: on whose word data flows from ${nameOf(edge.from)} to ${nameOf(edge.to)}`;
    const why = html("button", { type: "button", class: "link-quiet", "data-edge": edge.number, "aria-label": what, title: "On whose word" }, "why");
    return html("li", {}, goButton(edge[far]), " ", ...(edge.isUnder ? [] : [why]));
  });
  if (edges.length > named.length) lines.push(html("li", { class: "quiet" }, `and ${edges.length - named.length} more`));
  return [html("h3", {}, title, html("span", { class: "count" }, sum)), html("ul", {}, ...lines)];
}

// What the table says of an edge.
export function edgeWords(edge) {
  return [
    html("p", { class: "quiet small" }, "Edge"),
    html("h2", { class: "h3" }, goButton(edge.from), " to ", goButton(edge.to)),
    html("p", {}, ...copies(edge.standing)),
    ...(edge.said?.children.length ? copies(edge.said) : [html("p", { class: "soft" }, "No more is told of it.")]),
  ];
}

function copies(cell) {
  return [...(cell?.cloneNode(true).childNodes ?? [])];
}

export function columnWords({ node, column }, links) {
  const type = node.columns.find((one) => one.name === column)?.type ?? "";
  return [
    html("p", { class: "quiet small" }, "Column of ", html("button", { type: "button", class: "link id", "data-go": node.number }, node.name)),
    html("h2", { class: "h3 id" }, column),
    html("p", { class: "soft small" }, type),
    ...ends("Comes from", links.filter((link) => key(link.to) === key({ node, column })), "from"),
    ...ends("Goes into", links.filter((link) => key(link.from) === key({ node, column })), "to"),
  ];
}

function ends(title, links, far) {
  if (!links.length) return [];
  const lines = links.map((link) =>
    html("li", {},
      html("span", { class: "id" }, link[far].column),
      html("span", { class: "quiet small" }, " of ", html("button", { type: "button", class: "link id", "data-go": link[far].node.number }, link[far].node.name)),
      html("span", { class: "quiet small d-block" }, link.words),
      ...copies(link.said)));
  return [html("h3", {}, title), html("ul", {}, ...lines)];
}
