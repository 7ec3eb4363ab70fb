// What the packed package brings of the map: one JavaScript module, its types, and the core, built.
//
// So that who installs it needs no compiler and no loader for `latchwork/map`.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packageFile, packageRoot } from "../base/package.ts";
import { runOrThrow } from "../base/process.ts";
import { buildMapProgram } from "./program.ts";

/** Builds build/map anew; its path. Needs vite and typescript. */
export async function packMap(): Promise<string> {
  const folder = join(packageRoot, "build/map");
  const entry = join(packageRoot, "host/map/entry-map.ts");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const vite = await import("vite");
  await vite.build({
    configFile: false,
    logLevel: "warn",
    build: {
      ssr: entry,
      outDir: folder,
      target: "node20",
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: "entry-map.mjs" } },
    },
  });
  for (const isChecked of [false, true]) {
    const name = isChecked ? "entry-map.checked.wasm" : "entry-map.wasm";
    copyFileSync(await buildMapProgram(isChecked, name), join(folder, name));
  }
  await runOrThrow(process.execPath, [
    packageFile("typescript", "bin/tsc"),
    ...["--ignoreConfig", entry, "--declaration", "--emitDeclarationOnly", "--skipLibCheck"],
    ...["--target", "es2023", "--lib", "es2023,dom,esnext.disposable", "--module", "nodenext"],
    ...["--types", "node", "--allowImportingTsExtensions", "--rewriteRelativeImportExtensions"],
    ...["--rootDir", join(packageRoot, "host"), "--outDir", join(folder, "types")],
  ]);
  return folder;
}
