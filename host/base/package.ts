// Where the package and its tools lie, in a checkout as well as under somebody's node_modules.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the latchwork package. */
export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const require = createRequire(import.meta.url);

/** Absolute path of a file inside an installed npm package, wherever npm has put it. */
export function packageFile(name: string, path: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    const file = join(folder, name, path);
    if (existsSync(file)) return file;
  }
  throw new Error(`npm package ${name} has no ${path}; run: npm ci`);
}
