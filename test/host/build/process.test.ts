// A program that is run either ends with its output kept, or is ended at its deadline; one that is
// not there has a name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { run, runOrThrow } from "../../../host/base/process.ts";

const node = (script: string, options = {}) => run(process.execPath, ["-e", script], options);
const isToolError = (code: string) => (error: unknown) =>
  error instanceof ToolError && error.code === code;

test("output, complaints and exit code are kept", async () => {
  const result = await node(
    'process.stdout.write("out"); process.stderr.write("err"); process.exitCode = 7',
  );
  assert.deepEqual(result, { code: 7, stdout: "out", stderr: "err" });
});

test("a megabyte comes through whole, and input arrives", async () => {
  const result = await node("process.stdin.pipe(process.stdout)", { input: "x".repeat(1 << 20) });
  assert.equal(result.stdout.length, 1 << 20);
});

test("past its deadline a program is killed and said so", async () => {
  const work = node("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)", {
    timeoutMs: 300,
  });
  await assert.rejects(work, isToolError("TIMEOUT"));
  await assert.rejects(
    node("setInterval(() => {}, 1000)", { timeoutMs: 100 }),
    /did not end within 100 ms/,
  );
});

test("a program that is not there is a missing tool, with what to do", async () => {
  const work = run("latch-has-no-such-program", []);
  await assert.rejects(work, isToolError("MISSING_TOOL"));
  await assert.rejects(run("latch-has-no-such-program", []), /see: latch doctor$/);
});

test("input to a program that does not read it is no failure", async () => {
  assert.equal((await node("process.exit(0)", { input: "x".repeat(1 << 20) })).code, 0);
});

test("runOrThrow gives the output, or says what the program said", async () => {
  assert.equal(await runOrThrow(process.execPath, ["-p", "1 + 1"]), "2\n");
  const work = runOrThrow(process.execPath, ["-e", 'console.error("why"); process.exit(3)']);
  await assert.rejects(work, /exited with 3:\nwhy/);
});

test("a program killed by a signal has no good exit code", async () => {
  assert.notEqual((await node("process.kill(process.pid, 'SIGKILL')")).code, 0);
});

test("a character in two pieces arrives whole", async () => {
  const pieces =
    "process.stdout.write(Buffer.from([0xe2, 0x82])); setTimeout(() => process.stdout.write(Buffer.from([0xac])), 50)";
  const result = await run(process.execPath, ["-e", pieces]);
  assert.equal(result.stdout, "\u20ac");
});
