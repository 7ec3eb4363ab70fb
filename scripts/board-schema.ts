// Writes boards/board.schema.json from host/board/schema.ts; `--check` writes nothing and fails on
// a difference.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { boardJsonSchema } from "../host/board/schema.ts";

const path = fileURLToPath(new URL("../boards/board.schema.json", import.meta.url));
const text = `${JSON.stringify(boardJsonSchema(), null, 2)}\n`;
if (readFileSync(path, "utf8") !== text) {
  if (process.argv.includes("--check")) {
    console.error("stale: boards/board.schema.json; run: npm run generate");
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
  }
}
