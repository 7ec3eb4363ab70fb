// Content-hash stamps: a result stays good while the bytes it was made from stay the same.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ToolError } from "../base/error.ts";

const SKIPPED_FOLDERS = new Set(["node_modules", "build", ".git"]);

/** All files below a file or folder, in a stable order; build results and dependencies left out. */
export function listFiles(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = (() => {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch {
      return undefined;
    }
  })();
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => !SKIPPED_FOLDERS.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(join(path, entry.name)) : [join(path, entry.name)],
    );
}

/**
 * SHA-256 (hex) over the given words and the names and contents of all files below the given paths.
 */
export function hashInputs(paths: string[], words: string[] = []): string {
  const hash = createHash("sha256");
  for (const word of words) hash.update(`${word.length}:${word}`);
  for (const file of paths.flatMap(listFiles)) {
    const content = readFileSync(file);
    hash.update(`${file}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest("hex");
}

interface Stamp<Result> {
  key: string;
  result: Result;
}

/** How long another process may take over the same result before we give up on it. */
const LOCK_TIMEOUT_MS = 300_000;
const LOCK_POLL_MS = 50;

/**
 * The result of `make`, or what it gave last time if the key is unchanged and `outputs` are still
 * there. Of several processes that want the same at the same time one makes it, the others wait.
 * Errors: TIMEOUT if a living process holds the lock for LOCK_TIMEOUT_MS.
 */
export async function cached<Result>(
  stampPath: string,
  key: string,
  outputs: string[],
  make: () => Promise<Result>,
): Promise<{ result: Result; isFresh: boolean }> {
  const known = () => {
    const stamp = readStamp<Result>(stampPath);
    const isGood = stamp?.key === key && outputs.every((path) => existsSync(path));
    return isGood ? { result: stamp.result, isFresh: false } : undefined;
  };
  const before = known();
  if (before) return before;
  mkdirSync(dirname(stampPath), { recursive: true });
  const unlock = await lock(`${stampPath}.lock`);
  try {
    const meanwhile = known();
    if (meanwhile) return meanwhile;
    // From here on the outputs are in flux: a build that fails must not leave an old key behind.
    const last = readStamp<Result>(stampPath);
    if (last) writeStamp(stampPath, { key: "", result: last.result });
    const result = await make();
    writeStamp(stampPath, { key, result });
    return { result, isFresh: true };
  } finally {
    unlock();
  }
}

function writeStamp(stampPath: string, stamp: Stamp<unknown>): void {
  writeFileSync(stampPath, `${JSON.stringify(stamp, null, 2)}\n`);
}

/** Holds the lock file, which names its holder; one whose holder is dead is taken over. */
async function lock(path: string): Promise<() => void> {
  const end = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isAbandoned(path)) {
      rmSync(path, { force: true });
    } else if (performance.now() > end) {
      throw new ToolError("TIMEOUT", `another build holds ${path}; delete it if none is running`);
    } else {
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

/** True if the process that the lock file names is gone. */
function isAbandoned(path: string): boolean {
  let holder: number;
  try {
    holder = Number(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
  if (!Number.isInteger(holder) || holder === 0) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** What a stamp file holds, or undefined if it is missing or damaged. */
export function readStamp<Result>(stampPath: string): Stamp<Result> | undefined {
  try {
    return JSON.parse(readFileSync(stampPath, "utf8"));
  } catch {
    return undefined;
  }
}
