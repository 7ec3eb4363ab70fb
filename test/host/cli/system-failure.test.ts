// Refusals of the file system are told apart from bugs and from refusals of anything else.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { describeSystemFailure } from "../../../host/cli/system-failure.ts";

const here = fileURLToPath(import.meta.url);

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  assert.fail("nothing was thrown");
}

test("a call that Node made and the system refused is told with its path", () => {
  const below = join(here, "below");
  assert.equal(
    describeSystemFailure(thrownBy(() => mkdirSync(below))),
    `mkdir ${below}: a part of the path is no folder; choose another path (ENOTDIR)`,
  );
  assert.match(
    describeSystemFailure(thrownBy(() => copyFileSync(here, below))) ?? "",
    /^copyfile \S+\.ts to \S+below: .*\(ENOTDIR\)$/,
  );
});

for (const code of ["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR"]) {
  test(`${code} is one line with the path, what it means and what to do`, () => {
    const error = Object.assign(new Error(code), { code, syscall: "open", path: "/a/b" });
    const line = describeSystemFailure(error) ?? "";
    assert.match(line, new RegExp(`^open /a/b: .+; .+ \\(${code}\\)$`));
    assert.doesNotMatch(line, /\n/);
  });
}

test("a full disk is told although a write knows no path", () => {
  const error = Object.assign(new Error("full"), { code: "ENOSPC", syscall: "write" });
  assert.match(describeSystemFailure(error) ?? "", /^write: no space/);
});

test("whatever else is thrown stays what it is", async () => {
  assert.equal(describeSystemFailure(new Error("a bug")), undefined);
  assert.equal(describeSystemFailure("EACCES"), undefined);
  assert.equal(describeSystemFailure(Object.assign(new Error(), { code: "toString" })), undefined);
  assert.equal(describeSystemFailure(thrownBy(() => readFileSync(`${here}.none`))), undefined);
  assert.equal(
    describeSystemFailure(Object.assign(new Error(), { code: "EPERM", syscall: "kill" })),
    undefined,
  );
  const server = createServer();
  const refused = await new Promise<Error>((resolve) => {
    server.once("error", resolve);
    // An address of the documentation's block (RFC 5737): never one of ours.
    server.listen(0, "192.0.2.1");
  });
  assert.equal(describeSystemFailure(refused), undefined);
});
