// The stack bound is the longest path through the compiler's call graph, or a refusal that names
// why there is none.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { readCallGraph, stackBound } from "../../../host/build/stack-bound.ts";

/**
 * A graph from `name bytes [form]` and `caller -> callee` lines, by way of files as gcc writes
 * them.
 */
function graphOf(...units: string[][]) {
  const folder = mkdtempSync(join(tmpdir(), "latch-graph-"));
  try {
    const paths = units.map((unit, i) => {
      const rows = unit.map((line) => {
        const edge = /^(\S+) -> (\S+)$/.exec(line);
        if (edge)
          return `edge: { sourcename: "${edge[1]}" targetname: "${edge[2]}" label: "x.c:1:1" }`;
        const [title, bytes, form = "static"] = line.split(" ");
        if (bytes === undefined)
          return `node: { title: "${title}" label: "${title}\\n<built-in>" shape : ellipse }`;
        return `node: { title: "${title}" label: "${title}\\nx.c:1:1\\n${bytes} bytes (${form})\\n0 dynamic objects" }`;
      });
      const path = join(folder, `unit${i}.ci`);
      writeFileSync(path, `graph: { title: "x.c"\n${rows.join("\n")}\n}\n`);
      return path;
    });
    return readCallGraph(paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof ToolError && error.code === "COMPILE" && message.test(error.message);

test("the bound is the deepest path, which need not be the longest in calls", () => {
  const graph = graphOf([
    "start 8",
    "a 16",
    "b 24",
    "c 8",
    "deep 200",
    "start -> a",
    "a -> b",
    "b -> c",
    "start -> deep",
  ]);
  assert.deepEqual(stackBound(graph, ["start"]), { bytes: 208, path: ["start", "deep"] });
});

test("a path goes through several units, and static functions keep their file", () => {
  const graph = graphOf(
    ["start 8", "program_step", "start -> program_step"],
    ["program_step 32", "program.c:inner 100", "program_step -> program.c:inner"],
  );
  assert.deepEqual(stackBound(graph, ["start"]), {
    bytes: 140,
    path: ["start", "program_step", "program.c:inner"],
  });
});

test("a root is found under its file's name; the deepest of several roots counts", () => {
  const graph = graphOf(["port.c:timer_interrupt 40", "report_fault 56", "other 999"]);
  assert.equal(stackBound(graph, ["timer_interrupt", "report_fault"]).bytes, 56);
  assert.equal(stackBound(graph, ["timer_interrupt"]).bytes, 40);
});

test("a library function without a figure is charged 64 bytes", () => {
  const graph = graphOf(["start 8", "memcpy", "start -> memcpy"]);
  assert.equal(stackBound(graph, ["start"]).bytes, 72);
});

test("a function called on many paths is counted once on each", () => {
  const graph = graphOf([
    "start 0",
    "a 8",
    "b 8",
    "leaf 100",
    "start -> a",
    "start -> b",
    "a -> b",
    "b -> leaf",
    "a -> leaf",
  ]);
  assert.deepEqual(stackBound(graph, ["start"]), { bytes: 116, path: ["start", "a", "b", "leaf"] });
});

test("recursion is refused with its circle alone", () => {
  const graph = graphOf(["start 8", "a 8", "b 8", "start -> a", "a -> b", "b -> a"]);
  assert.throws(() => stackBound(graph, ["start"]), refused(/recursion a -> b -> a; use a loop/));
  const self = graphOf(["start 8", "start -> start"]);
  assert.throws(() => stackBound(self, ["start"]), refused(/recursion start -> start/));
});

test("recursion that no root reaches is no matter", () => {
  const graph = graphOf(["start 8", "unused 8", "unused -> unused"]);
  assert.equal(stackBound(graph, ["start"]).bytes, 8);
});

test("a call through a pointer is refused with the caller", () => {
  const graph = graphOf([
    "start 8",
    "x.c:caller 8",
    "__indirect_call",
    "start -> x.c:caller",
    "x.c:caller -> __indirect_call",
  ]);
  assert.throws(() => stackBound(graph, ["start"]), refused(/caller calls through a pointer/));
});

test("a frame of variable size is refused, bounded or not", () => {
  for (const form of ["dynamic", "dynamic,bounded"]) {
    const graph = graphOf(["start 8", `a 64 ${form}`, "start -> a"]);
    assert.throws(() => stackBound(graph, ["start"]), refused(/a has a frame of variable size/));
  }
});
