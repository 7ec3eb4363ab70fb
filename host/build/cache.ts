// Content-hash stamps: a result stays good while the bytes it was made from stay the same.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

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

/**
 * The result of `make`, or what it gave last time if the key is unchanged and `outputs` are still
 * there.
 */
export async function cached<Result>(
  stampPath: string,
  key: string,
  outputs: string[],
  make: () => Promise<Result>,
): Promise<{ result: Result; isFresh: boolean }> {
  const stamp = readStamp<Result>(stampPath);
  if (stamp?.key === key && outputs.every((path) => existsSync(path))) {
    return { result: stamp.result, isFresh: false };
  }
  const result = await make();
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, `${JSON.stringify({ key, result }, null, 2)}\n`);
  return { result, isFresh: true };
}

/** What a stamp file holds, or undefined if it is missing or damaged. */
export function readStamp<Result>(stampPath: string): Stamp<Result> | undefined {
  try {
    return JSON.parse(readFileSync(stampPath, "utf8"));
  } catch {
    return undefined;
  }
}
