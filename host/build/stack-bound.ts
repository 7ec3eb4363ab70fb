// The deepest stack a program can need, from the compiler's own call graph.
//
// gcc -fcallgraph-info=su writes, per translation unit, every function with its frame size and
// every call. Without recursion and without calls through pointers the longest path is a proof, not
// a measurement. Functions of libc and libgcc carry no figure; LIBRARY_FRAME_BYTES is charged for
// each, above the largest frame their listings show.
import { readFileSync } from "node:fs";
import { ToolError } from "../base/error.ts";
import { demangle } from "./translate.ts";

const LIBRARY_FRAME_BYTES = 64;

interface Node {
  frameBytes: number;
  isDynamic: boolean;
  calls: Set<string>;
}

export interface StackBound {
  bytes: number;
  /** Functions on the deepest path, caller first. */
  path: string[];
}

/** Reads .ci files into one graph; static functions keep their file prefix (`program.c:f`). */
export function readCallGraph(paths: string[]): Map<string, Node> {
  const graph = new Map<string, Node>();
  const node = (title: string): Node => {
    let found = graph.get(title);
    if (!found) {
      found = { frameBytes: LIBRARY_FRAME_BYTES, isDynamic: false, calls: new Set() };
      graph.set(title, found);
    }
    return found;
  };
  for (const path of paths) {
    const text = readFileSync(path, "utf8");
    for (const match of text.matchAll(/^node: \{ title: "([^"]*)" label: "([^"]*)"/gm)) {
      const frame = /(\d+) bytes \((\w+)/.exec(match[2] as string);
      if (!frame) continue;
      const entry = node(match[1] as string);
      entry.frameBytes = Number(frame[1]);
      entry.isDynamic = frame[2] !== "static";
    }
    for (const match of text.matchAll(/^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"/gm)) {
      node(match[1] as string).calls.add(match[2] as string);
    }
  }
  return graph;
}

/**
 * Longest path from any of the roots. Errors: COMPILE if it has no bound, because of recursion, a
 * frame of variable size or an indirect call.
 */
export function stackBound(graph: Map<string, Node>, roots: string[]): StackBound {
  const done = new Map<string, StackBound>();
  const open: string[] = [];
  const visit = (title: string): StackBound => {
    const known = done.get(title);
    if (known) return known;
    if (open.includes(title)) {
      const circle = [...open.slice(open.indexOf(title)), title].map(demangle);
      throw noBound(`recursion ${circle.join(" -> ")}; use a loop`);
    }
    const node = graph.get(title);
    if (title === "__indirect_call") {
      throw noBound(`${demangle(open.at(-1) ?? "")} calls through a pointer`);
    }
    if (node?.isDynamic) throw noBound(`${demangle(title)} has a frame of variable size`);
    open.push(title);
    let deepest: StackBound = { bytes: 0, path: [] };
    for (const call of node?.calls ?? []) {
      const bound = visit(call);
      if (bound.bytes > deepest.bytes) deepest = bound;
    }
    open.pop();
    const bound = {
      bytes: (node?.frameBytes ?? LIBRARY_FRAME_BYTES) + deepest.bytes,
      path: [title, ...deepest.path],
    };
    done.set(title, bound);
    return bound;
  };
  let bound: StackBound = { bytes: 0, path: [] };
  for (const title of graph.keys()) {
    const name = title.slice(title.lastIndexOf(":") + 1);
    if (!roots.includes(name)) continue;
    const candidate = visit(title);
    if (candidate.bytes > bound.bytes) bound = candidate;
  }
  return bound;
}

function noBound(why: string): ToolError {
  return new ToolError("COMPILE", `the stack has no bound: ${why}`);
}
