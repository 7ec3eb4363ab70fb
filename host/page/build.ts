// Builds the page into build/page when its sources have changed, by their content.
//
// The stamp beside the files names the hash they were built from; a packed latchwork brings both,
// so its users need no Vite. The folder is built under another name and moved into place: a gateway
// that serves it meanwhile, or a second build, never sees half of it.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { messageOf, ToolError } from "../base/error.ts";
import { packageFile, packageRoot } from "../base/package.ts";

const STAMP = ".sources";

/** What the page is made of besides its own folder. */
const SHARED_SOURCES = ["host/base/snapshot.ts", "host/base/spec.ts", "host/gateway/messages.ts"];
/** Packages whose version decides what comes out. */
const PACKAGES = ["uplot", "zod"];

/**
 * Folder with index.html and its assets, built from the present sources.
 * Errors: MISSING_TOOL if it must be built and Vite is not installed; COMPILE with Vite's words.
 */
export async function ensurePage(): Promise<string> {
  const folder = join(packageRoot, "build", "page");
  // Installed from a package: the page came built, and what would build it did not come along.
  if (!isBuildable() && existsSync(join(folder, STAMP))) return folder;
  if (!isBuildable()) {
    throw new ToolError(
      "MISSING_TOOL",
      "the page is not built and needs vite and uplot; run: npm ci",
    );
  }
  const hash = hashOfSources();
  if (isBuiltFrom(folder, hash)) return folder;

  const vite = await import("vite").catch((error: unknown) => {
    throw new ToolError("MISSING_TOOL", "the page is not built and needs vite; run: npm ci", {
      cause: error,
    });
  });
  const fresh = `${folder}.${process.pid}`;
  try {
    await vite.build({
      configFile: join(packageRoot, "host", "page", "vite.config.ts"),
      build: { outDir: fresh },
    });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    const words = messageOf(error).split("\n")[0];
    throw new ToolError("COMPILE", `page: ${words}`, { cause: error });
  }
  writeFileSync(join(fresh, STAMP), hash);
  moveIntoPlace(fresh, folder, hash);
  return folder;
}

function isBuildable(): boolean {
  try {
    for (const name of PACKAGES) packageFile(name, "package.json");
    return true;
  } catch {
    return false;
  }
}

function isBuiltFrom(folder: string, hash: string): boolean {
  const stamp = join(folder, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
}

/** Another process may have built the same at the same time: then its folder stays. */
function moveIntoPlace(fresh: string, folder: string, hash: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!isBuiltFrom(folder, hash)) throw error;
  }
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const page = join(packageRoot, "host", "page");
  const own = readdirSync(page, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of [...own, ...SHARED_SOURCES.map((path) => join(packageRoot, path))]) {
    hash
      .update(`${relative(packageRoot, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  for (const name of PACKAGES) hash.update(readFileSync(packageFile(name, "package.json")));
  return hash.digest("hex");
}
