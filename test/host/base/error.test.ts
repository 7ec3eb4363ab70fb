// How the host fails: every exit code of spec/status.md has its name, every message is one line.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ExitCode, assert as hold, messageOf, ToolError } from "../../../host/base/error.ts";
import { packageRoot } from "../../../host/base/package.ts";

/** Rows of the exit-code table, read from the document and not from what was generated of it. */
function exitCodes(): [name: string, code: number][] {
  const text = readFileSync(join(packageRoot, "spec/status.md"), "utf8");
  const table = text.slice(text.indexOf("generate: constants EXIT"));
  return [...table.matchAll(/^\| ([A-Z_]+) \| (\d+) \|/gm)].map((row) => [
    row[1] as string,
    Number(row[2]),
  ]);
}

test("every name of the table gives its exit code", () => {
  const codes = exitCodes();
  assert.ok(codes.length >= 15, "the table was found");
  for (const [name, code] of codes) {
    assert.equal(new ToolError(name as ExitCode, "no board").exitCode, code, name);
  }
});

test("no two names share a code, and each fits an exit status", () => {
  const codes = exitCodes().map(([, code]) => code);
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(codes.every((code) => code >= 0 && code <= 125));
});

test("a ToolError keeps its words and its cause", () => {
  const cause = new Error("ENOENT");
  const error = new ToolError("MISSING_INPUT", "no file x.csv", { cause });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "ToolError");
  assert.equal(error.code, "MISSING_INPUT");
  assert.equal(error.message, "no file x.csv");
  assert.equal(error.cause, cause);
});

test("an assertion that holds is silent, one that does not is a bug and no ToolError", () => {
  for (const value of [true, 1, "x", {}]) hold(value, "never");
  for (const value of [false, 0, "", null, undefined, Number.NaN]) {
    assert.throws(
      () => hold(value, "frames are whole"),
      (error) =>
        error instanceof Error &&
        !(error instanceof ToolError) &&
        error.message === "assertion failed: frames are whole",
    );
  }
});

test("whatever is thrown has a message", () => {
  assert.equal(messageOf(new ToolError("USAGE", "one word too many")), "one word too many");
  assert.equal(messageOf("text"), "text");
  assert.equal(messageOf(undefined), "undefined");
  assert.equal(messageOf(17), "17");
});
