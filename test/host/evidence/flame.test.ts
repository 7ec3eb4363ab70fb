// The flame graph of contending workers: real stacks, real lines, and three forms that agree.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { z } from "zod";
import { packageRoot } from "../../../host/base/package.ts";
import { run } from "../../../host/base/process.ts";
import * as spec from "../../../host/base/spec.ts";
import { type ContentionFigures, profileContention } from "../../../host/evidence/contention.ts";
import {
  drawFlameGraph,
  encodeFolded,
  encodeSpeedscope,
  type FlameGraph,
  SPEEDSCOPE_SCHEMA,
} from "../../../host/evidence/flame-graph.ts";
import { framesAt, functionAt } from "../../../host/evidence/source-frames.ts";

/** speedscope's file-format-schema.json for a sampled profile; it allows no other field. */
const speedscopeSchema = z.strictObject({
  $schema: z.literal(SPEEDSCOPE_SCHEMA),
  name: z.string(),
  exporter: z.string(),
  shared: z.strictObject({
    frames: z.array(
      z.strictObject({
        name: z.string(),
        file: z.string().optional(),
        line: z.number().int().optional(),
        col: z.number().int().optional(),
      }),
    ),
  }),
  profiles: z.array(
    z.strictObject({
      type: z.literal("sampled"),
      name: z.string(),
      unit: z.enum(["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]),
      startValue: z.number(),
      endValue: z.number(),
      samples: z.array(z.array(z.number().int().nonnegative())),
      weights: z.array(z.number()),
    }),
  ),
});

const WORKERS = 2;
let graph: FlameGraph;
let figures: ContentionFigures;

before(async () => {
  ({ graph, figures } = await profileContention({ workers: WORKERS, keys: 256, durationMs: 1500 }));
});

const weightOf = ({ threads }: FlameGraph) =>
  threads.flatMap(({ stacks }) => stacks).reduce((sum, { weight }) => sum + weight, 0);
const lineOf = (path: string, line: number) =>
  readFileSync(join(packageRoot, path), "utf8").split("\n")[line - 1] ?? "";

test("every worker misses and promotes, and its stacks show it", () => {
  assert.equal(graph.threads.length, WORKERS);
  assert.ok(figures.rounds > 0 && figures.misses > 0 && figures.promotions > 0);
  for (const { name, stacks } of graph.threads) {
    const names = stacks.map(({ frames }) => frames.map((frame) => frame.name).join(" "));
    const isPromotion = (text: string) =>
      /map\/mapLoad .*change\/noteMiss .*promote\/bucketPromote/.test(text);
    assert.ok(names.some(isPromotion), `${name} promotes after a load that missed`);
    assert.ok(
      names.some((text) => text.includes("mapLoadOrStore")),
      `${name} stores`,
    );
  }
});

test("a frame's line is that of the TypeScript function it names", () => {
  const frames = graph.threads.flatMap(({ stacks }) => stacks.flatMap((stack) => stack.frames));
  const own = frames.filter(({ name }) => name.startsWith("assembly/"));
  assert.ok(own.length > 100 && own.length > 0.9 * frames.length);
  for (const { name, file, line } of own) {
    const text = lineOf(file ?? "", line ?? 0);
    assert.match(text, new RegExp(`function ${name.split("/").at(-1)}\\b`), `${name} at ${file}`);
  }
});

test("collapsed stacks, speedscope file and picture say the same", () => {
  const all = weightOf(graph);
  const folded = encodeFolded(graph).trimEnd().split("\n");
  let sum = 0;
  for (const line of folded) {
    const parts = /^(worker \d);(\S.*) (\d+)$/.exec(line);
    assert.ok(parts, line);
    sum += Number(parts[3]);
  }
  assert.equal(sum, all);
  assert.equal(new Set(folded.map((line) => line.replace(/ \d+$/, ""))).size, folded.length);

  const file = speedscopeSchema.parse(JSON.parse(encodeSpeedscope(graph)));
  for (const profile of file.profiles) {
    assert.equal(profile.samples.length, profile.weights.length);
    assert.equal(
      profile.endValue,
      profile.weights.reduce((a, b) => a + b, 0),
    );
    assert.ok(profile.samples.flat().every((index) => index < file.shared.frames.length));
  }
  assert.equal(
    file.profiles.reduce((total, { endValue }) => total + endValue, 0),
    all,
  );

  const svg = drawFlameGraph(graph);
  const rects = [...svg.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)];
  const [top, ...rest] = rects.map((rect) => rect.slice(1).map(Number)) as number[][];
  assert.ok(top && rest.length > 20);
  for (const [x = 0, y = 0, width = 0] of rest) {
    assert.ok(x + width <= (top[0] ?? 0) + (top[2] ?? 0) + 0.1 && y > (top[1] ?? 0));
  }
  assert.match(svg, /<title>assembly\/map\/promote\/bucketPromote \(promote\.ts:\d+\): [\d.]+ %/);
  assert.doesNotMatch(svg, /http(?!:\/\/www\.w3\.org\/2000\/svg)/, "nothing from elsewhere");
});

test("an inlined function is found by its line", () => {
  const text = readFileSync(join(packageRoot, "assembly/map/promote.ts"), "utf8").split("\n");
  const line = text.findIndex((row) => row.includes("expungeDropped(map, self, word, promoted);"));
  assert.equal(
    functionAt("assembly/map/promote.ts", line + 1),
    "assembly/map/promote/bucketPromote",
  );
  const [outer, inner] = framesAt(
    "assembly/map/change/noteMiss",
    "assembly/map/promote.ts",
    line + 1,
  );
  assert.match(lineOf(outer?.file ?? "", outer?.line ?? 0), /function noteMiss/);
  assert.deepEqual(inner, {
    ...{ name: "assembly/map/promote/bucketPromote", file: "assembly/map/promote.ts" },
    line: line + 1,
  });
  assert.equal(
    framesAt("assembly/map/promote/bucketPromote", "assembly/map/promote.ts", line).length,
    1,
  );
});

test("names that XML or the collapsed form know are written so that they stay whole", () => {
  const stacks = [{ frames: [{ name: "a;<b>&" }], weight: 3 }];
  const odd: FlameGraph = { title: "<t>", unit: "none", threads: [{ name: "one", stacks }] };
  assert.equal(encodeFolded(odd), "one;a,<b>& 3\n");
  assert.match(drawFlameGraph(odd), /a;&lt;b&gt;&amp;: 100\.0 %/);
});

test("the command writes the three files, and refuses an endless run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "latch-flame-"));
  const latch = join(packageRoot, "host/cli/latch.mjs");
  const words = [latch, "evidence", "flame", "--out", folder, "--keys", "64"];
  try {
    const ran = await run(process.execPath, [...words, "--for", "300ms", "--json"]);
    assert.equal(ran.code, spec.EXIT_OK, ran.stderr);
    const { artefacts, promotions } = JSON.parse(ran.stdout);
    assert.ok(promotions > 0);
    const [svg, folded, speedscope] = artefacts.map((artefact: { file: string }) =>
      readFileSync(artefact.file, "utf8"),
    );
    assert.match(svg, /^<svg /);
    assert.match(folded, /^worker 0;/);
    speedscopeSchema.parse(JSON.parse(speedscope));
    const refused = await run(process.execPath, [...words, "--for", "2h"]);
    assert.equal(refused.code, spec.EXIT_USAGE, refused.stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
