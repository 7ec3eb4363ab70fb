// The heap profile of a board: its memory at one instruction, the same at every run.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { boardFeed, churnProgram } from "../../host/evidence/board-feed.ts";
import { censusOfBoard } from "../../host/evidence/heap.ts";
import { encodeHeap, sumByState } from "../../host/evidence/heap-profile.ts";
import { missingTool } from "./tools.ts";

const skip = await missingTool("gdb-multiarch", "qemu-system-arm");

test("a board's heap profile is that of one instruction, in every run", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "latch-heap-"));
  try {
    const board = loadBoard("mps2-an385");
    const { result: image } = await buildProgram({ board, program: churnProgram });
    const options = {
      ...{ board, image, ...boardFeed(), folder },
      ...{ recordMs: 1000, timeoutMs: 60_000 },
    };
    const first = await censusOfBoard({ ...options, instructions: 3_000_000 });
    const memory = readFileSync(first.memory);
    const [census] = first.censuses;
    assert.ok(census && first.censuses.length === 1);
    const bytes = Object.fromEntries(
      sumByState(encodeHeap(first.censuses, "plain", 0)).map((sum) => [sum.state, sum.bytes]),
    );
    assert.equal(
      Object.values(bytes).reduce((a, b) => a + b, 0),
      census.size,
    );
    assert.ok((bytes.ready ?? 0) > 10 * 64 && (bytes["read bucket"] ?? 0) > 0);
    const again = await censusOfBoard({ ...options, instructions: 3_000_000 });
    assert.ok(memory.equals(readFileSync(again.memory)), "the same bytes");
    const later = await censusOfBoard({ ...options, instructions: 3_000_500 });
    assert.ok(!memory.equals(readFileSync(later.memory)), "500 instructions later it has changed");
    await assert.rejects(
      censusOfBoard({ ...options, instructions: 1e10 }),
      /recording ends before/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
