// What in a graph can be reached from where: from nodes, and from columns by their links.

// A column of a node, as one word.
export function key({ node, column }) {
  return `${node.number} ${column}`;
}

// The one of `others` that stands nearest to the height of `node`.
export function nearest(node, others) {
  return [...others].sort((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))[0];
}

// Every node that data flows from ("before"), or to ("after"), in this graph.
export function reach(start, side) {
  const found = new Set();
  const pending = [start];
  while (pending.length) {
    for (const next of pending.pop()[side]) {
      if (next === start || found.has(next)) continue;
      found.add(next);
      pending.push(next);
    }
  }
  return found;
}

// The links that lead to a column, hop by hop, and those that lead on from it.
export function chain(start, links) {
  const found = new Set();
  for (const [near, far] of [["to", "from"], ["from", "to"]]) {
    const seen = new Set([key(start)]);
    for (let ends = new Set(seen); ends.size;) {
      const next = links.filter((link) => ends.has(key(link[near])));
      next.forEach((link) => found.add(link));
      ends = new Set(next.map((link) => key(link[far])).filter((end) => !seen.has(end)));
      ends.forEach((end) => seen.add(end));
    }
  }
  return [...found];
}
