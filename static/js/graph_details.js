// What is said beside the picture of the node or column that is chosen.

import { key, reach } from "./graph_paths.js";

const NEIGHBOURS = 12; // that are named

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

export function nodeWords(node, { isStart, depth, lineageUrl }) {
  if (node.kind === "withheld") {
    return [
      html("h2", { class: "h3" }, "Withheld from you"),
      html("p", { class: "soft" }, "Something is here that your rights do not show: what flows through it, but not what it is."),
    ];
  }
  const isJob = node.kind === "job";
  const pills = node.marks.flatMap((mark) => [html("span", { class: `pill pill-${mark.tone}` }, mark.word), " "]);
  return [
    html("p", { class: "quiet small" }, isJob ? "Job" : "Dataset"),
    html("h2", { class: "h3 id" }, node.name),
    html("p", { class: "id soft small" }, node.namespace),
    ...(pills.length ? [html("p", {}, ...pills)] : []),
    html("p", { class: "graph-actions" }, ...actions(node, isStart, depth, lineageUrl)),
    ...side(isJob ? "Reads" : "Written by", node.before, `${reach(node, "before").size} upstream in this graph`),
    ...side(isJob ? "Writes" : "Read by", node.after, `${reach(node, "after").size} downstream in this graph`),
  ];
}

function actions(node, isStart, depth, lineageUrl) {
  const look = "btn btn-plain btn-small";
  const found = [html("a", { class: look, href: node.url }, `Open the ${node.kind}`)];
  if (!isStart) {
    const query = new URLSearchParams({ nodeId: node.id, depth });
    found.push(html("a", { class: look, href: `${lineageUrl}?${query}` }, "Start from here"));
  }
  if (node.kind === "dataset") {
    found.push(html("button", { type: "button", class: look, "data-columns": node.number }, node.isOpen ? "Hide columns" : "Show columns"));
  }
  return found;
}

function side(title, nodes, sum) {
  if (!nodes.length) return [];
  const named = nodes.slice(0, NEIGHBOURS);
  const lines = named.map((one) => html("li", {}, html("button", { type: "button", class: "link id", "data-go": one.number }, one.name || "Withheld from you")));
  if (nodes.length > named.length) lines.push(html("li", { class: "quiet" }, `and ${nodes.length - named.length} more`));
  return [html("h3", {}, title, html("span", { class: "count" }, sum)), html("ul", {}, ...lines)];
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
      html("span", { class: "quiet small d-block" }, link.words)));
  return [html("h3", {}, title), html("ul", {}, ...lines)];
}
