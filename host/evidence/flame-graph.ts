// Evidence (c): sampled stacks as collapsed lines, as a speedscope file and as a picture.
//
// Collapsed stacks are Gregg's form for flamegraph.pl: frames from the root, `;` between them, a
// number. The speedscope form is that of its file-format-schema.json, type "sampled". The picture
// is an SVG that needs nothing: root on top, widths in proportion, names and shares as tooltips.

export interface Frame {
  /** `assembly/map/promote/bucketPromote`. */
  name: string;
  file?: string | undefined;
  /** From 1: of the statement on a board, of the function where a profiler tells no more. */
  line?: number | undefined;
}

export interface SampledStack {
  /** The root comes first. */
  frames: Frame[];
  /** In the graph's unit. */
  weight: number;
}

export interface FlameGraph {
  title: string;
  unit: "microseconds" | "none";
  /** One for each thread. */
  threads: { name: string; stacks: SampledStack[] }[];
}

export const SPEEDSCOPE_SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** `assembly/map/promote/bucketPromote (promote.ts:71)`. */
export function labelOf({ name, file, line }: Frame): string {
  if (file === undefined) return name;
  return `${name} (${file.split("/").at(-1)}:${line ?? "?"})`;
}

/** A line a stack, equal ones added up, sorted; the thread's name is the root. */
export function encodeFolded(graph: FlameGraph): string {
  const sums = new Map<string, number>();
  for (const { name, stacks } of graph.threads) {
    for (const { frames, weight } of stacks) {
      const line = [name, ...frames.map(labelOf)]
        .map((text) => text.replaceAll(";", ","))
        .join(";");
      sums.set(line, (sums.get(line) ?? 0) + weight);
    }
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([line, weight]) => `${line} ${weight}\n`)
    .join("");
}

export function encodeSpeedscope(graph: FlameGraph): string {
  const frames: Frame[] = [];
  const indices = new Map<string, number>();
  const indexOf = (frame: Frame): number => {
    const label = `${labelOf(frame)} ${frame.file}`;
    let index = indices.get(label);
    if (index === undefined) {
      index = frames.push(frame) - 1;
      indices.set(label, index);
    }
    return index;
  };
  const profiles = graph.threads.map(({ name, stacks }) => ({
    type: "sampled",
    name,
    unit: graph.unit,
    startValue: 0,
    endValue: stacks.reduce((sum, { weight }) => sum + weight, 0),
    samples: stacks.map((stack) => stack.frames.map(indexOf)),
    weights: stacks.map(({ weight }) => weight),
  }));
  return `${JSON.stringify({
    $schema: SPEEDSCOPE_SCHEMA,
    name: graph.title,
    exporter: "latchwork",
    shared: { frames },
    profiles,
  })}\n`;
}

interface Node {
  label: string;
  weight: number;
  children: Map<string, Node>;
}

const WIDTH = 1200;
const MARGIN = 10;
const HEAD = 44;
const ROW = 17;
const LETTER = 6.6;
/** Pixels below which a frame is left out. */
const WIDTH_MIN = 0.3;

export function drawFlameGraph(graph: FlameGraph): string {
  const root: Node = { label: "all", weight: 0, children: new Map() };
  for (const { name, stacks } of graph.threads) {
    for (const { frames, weight } of stacks) addStack(root, [name, ...frames.map(labelOf)], weight);
  }
  const rows: string[] = [];
  const scale = root.weight === 0 ? 0 : (WIDTH - 2 * MARGIN) / root.weight;
  const depth = drawNode(rows, root, root.weight, MARGIN, 0, scale);
  const height = HEAD + (depth + 1) * ROW + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"` +
      ` viewBox="0 0 ${WIDTH} ${height}" font-family="DejaVu Sans Mono, monospace" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN}" y="26" font-size="15">${xmlText(graph.title)}</text>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function addStack(root: Node, labels: string[], weight: number): void {
  root.weight += weight;
  let node = root;
  for (const label of labels) {
    let child = node.children.get(label);
    if (!child) {
      child = { label, weight: 0, children: new Map() };
      node.children.set(label, child);
    }
    child.weight += weight;
    node = child;
  }
}

/** Draws a node and those below it; the depth of the deepest. */
function drawNode(
  rows: string[],
  node: Node,
  all: number,
  x: number,
  depth: number,
  scale: number,
): number {
  const width = node.weight * scale;
  const y = HEAD + depth * ROW;
  const share = ((100 * node.weight) / all).toFixed(1);
  const text = node.label.replace(/^assembly\//, "");
  const room = Math.floor((width - 6) / LETTER);
  const shown = room < 3 ? "" : text.length <= room ? text : `${text.slice(0, room - 1)}…`;
  rows.push(
    `<g><title>${xmlText(node.label)}: ${share} %</title>` +
      `<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW - 1}"` +
      ` rx="1.5" fill="${colourOf(node.label)}"/>` +
      (shown && `<text x="${(x + 3).toFixed(2)}" y="${y + 12}">${xmlText(shown)}</text>`) +
      "</g>",
  );
  let deepest = depth;
  let at = x;
  for (const child of [...node.children.values()].sort((a, b) => (a.label < b.label ? -1 : 1))) {
    if (child.weight * scale >= WIDTH_MIN) {
      deepest = Math.max(deepest, drawNode(rows, child, all, at, depth + 1, scale));
    }
    at += child.weight * scale;
  }
  return deepest;
}

/** Promotion and what leads to it stand out; the rest is told apart by file. */
function colourOf(label: string): string {
  if (/map\/promote\//.test(label)) return "#e8743b";
  if (/map\/(search|bucket)\/|Slowly|noteMiss/.test(label)) return "#f2b447";
  if (/map\/pin\//.test(label)) return "#8fc7a6";
  if (/map\/(arena|blocks)\//.test(label)) return "#9db8dd";
  return /assembly\/map\//.test(label) ? "#ecd9a0" : "#dcdcdc";
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
