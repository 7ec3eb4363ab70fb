// Entry of `latchwork/map`: built JavaScript where the package brought it, else the sources.
//
// An installed package needs neither tsx nor the AssemblyScript compiler for this; a checkout has
// only sources, which Node 20 cannot read, so tsx does.
import { existsSync } from "node:fs";

const built = new URL("../../build/map/entry-map.mjs", import.meta.url);
const sources = new URL("./entry-map.ts", import.meta.url);
const isCheckout = existsSync(new URL("../../scripts/prepack.ts", import.meta.url));

async function load() {
  if (!isCheckout && existsSync(built)) return await import(built.href);
  try {
    return await import(sources.href);
  } catch (error) {
    if (error.code !== "ERR_UNKNOWN_FILE_EXTENSION") throw error;
    const { tsImport } = await import("tsx/esm/api");
    return await tsImport(sources.href, import.meta.url);
  }
}

export const { Cut, EntryMap, MapError, MapPages } = await load();
