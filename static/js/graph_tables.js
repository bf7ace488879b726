// Reads a graph of lineage out of the tables that tell it.

import { key } from "./graph_paths.js";

export function readNodes(tables, isOfColumns) {
  return [...tables.querySelectorAll("tr[data-node]")].map((row) => {
    const columns = isOfColumns ? columnsOf(row) : null;
    return {
      number: Number(row.dataset.node),
      id: row.dataset.id,
      kind: row.dataset.kind,
      namespace: row.dataset.namespace,
      name: row.dataset.name,
      url: row.querySelector("th a")?.getAttribute("href"),
      opens: row.querySelector("a[data-opens]")?.getAttribute("href"),
      more: (row.dataset.more ?? "").split(" ").filter(Boolean),
      change: row.dataset.change,
      marks: row.dataset.marks.split("|").filter(Boolean).map((mark) => {
        const [tone, ...words] = mark.split(" ");
        return { tone, word: words.join(" ") };
      }),
      before: [],
      after: [],
      columns,
      isOpen: Boolean(columns),
    };
  });
}

function columnsOf(row) {
  const named = [...row.querySelectorAll("[data-name-of-column]")];
  return named.length ? named.map((one) => ({ name: one.dataset.nameOfColumn, type: "" })) : null;
}

export function readEdges(tables, nodes) {
  return [...tables.querySelectorAll("tr[data-from]")].map((row) => ({
    from: nodes[Number(row.dataset.from)],
    to: nodes[Number(row.dataset.to)],
    columns: [row.dataset.fromColumn ?? "", row.dataset.toColumn ?? ""],
    words: [row.dataset.how, "masks" in row.dataset ? "masked" : ""].filter(Boolean).join(", "),
    masks: "masks" in row.dataset,
    change: row.dataset.change,
    standing: row.querySelector("[data-standing]"),
    said: row.querySelector("[data-said]"),
    isAttempt: ["2", "4"].includes(row.dataset.status),
    isFormer: row.dataset.status === "3",
    isManual: "manual" in row.dataset,
    isThrough: "through" in row.dataset,
  }));
}

function isLink(edge) {
  return edge.columns.some(Boolean);
}

// The edges between columns, or from a column to a dataset as a whole.
export function linksOf(edges) {
  const links = edges.filter(isLink).map((edge) => {
    const [from, to] = [{ node: edge.from, column: edge.columns[0] }, { node: edge.to, column: edge.columns[1] }];
    return [`${key(from)} ${key(to)}`, { from, to, words: edge.words, masks: edge.masks, change: edge.change, said: edge.said }];
  });
  return new Map(links);
}

// One edge for all between the columns of two datasets: it lies under these.
export function joinedByNodes(edges) {
  const pairs = new Map();
  for (const edge of edges) {
    const pair = `${edge.from.number} ${edge.to.number}`;
    if (!pairs.has(pair)) pairs.set(pair, { ...edge, change: undefined, isUnder: isLink(edge) });
  }
  return [...pairs.values()];
}
