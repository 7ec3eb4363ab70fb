// Writes the constants of AssemblyScript, TypeScript and C from the tables in spec/*.md.
//
// A table counts if the line above it is `<!-- generate: constants PREFIX -->` (columns name,
// value) or `<!-- generate: layout PREFIX -->` (columns field, offset). `--check` writes nothing
// and fails on a difference.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Constant {
  name: string;
  value: number;
  meaning: string;
}

interface Group {
  file: string;
  prefix: string;
  constants: Constant[];
}

const TARGETS = {
  "assembly/base/spec.ts": assemblyScript,
  "host/base/spec.ts": typeScript,
  "firmware/port/spec.h": c,
};

export function parseTables(file: string, text: string): Group[] {
  const groups: Group[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const directive = /^<!-- generate: (constants|layout) ([A-Z_0-9]+) -->$/.exec(lines[i] ?? "");
    if (!directive) continue;
    const prefix = directive[2] as string;
    const constants: Constant[] = [];
    for (i += 3; (lines[i] ?? "").startsWith("|"); i++) {
      const cells = (lines[i] as string).split("|").map((cell) => cell.trim());
      const value = Number(cells[2]);
      if (!/^[A-Z][A-Z_0-9]*$/.test(cells[1] ?? "") || !Number.isInteger(value)) {
        throw new Error(`${file}:${i + 1}: expected | NAME | integer |, found ${lines[i]}`);
      }
      constants.push({ name: `${prefix}_${cells[1]}`, value, meaning: cells.at(-2) ?? "" });
    }
    if (constants.length === 0) throw new Error(`${file}: table ${prefix} is empty`);
    groups.push({ file, prefix, constants });
  }
  return groups;
}

function literal(value: number): string {
  return value > 0xffff ? `0x${value.toString(16)}` : String(value);
}

function head(comment: string): string {
  return `${comment} Generated from spec/*.md by scripts/generate.ts; do not edit.\n`;
}

function assemblyScript(groups: Group[]): string {
  let out = head("//");
  for (const group of groups) {
    out += `\n// ${group.file}\n`;
    for (const { name, value } of group.constants) {
      const type = value > 0x7fffffff ? "u32" : "i32";
      out += `export const ${name}: ${type} = ${literal(value)};\n`;
    }
  }
  return out;
}

function typeScript(groups: Group[]): string {
  let out = head("//");
  for (const group of groups) {
    out += `\n// ${group.file}\n`;
    for (const { name, value, meaning } of group.constants) {
      out += `/** ${meaning} */\nexport const ${name} = ${literal(value)};\n`;
    }
    if (group.prefix === "STATUS" || group.prefix === "FAULT" || group.prefix === "EXIT") {
      const short = group.prefix.length + 1;
      out += `export const ${group.prefix}_NAMES: Readonly<Record<number, string>> = {\n`;
      for (const { name, value } of group.constants)
        out += `  [${value}]: "${name.slice(short)}",\n`;
      out += "};\n";
    }
  }
  return out;
}

function c(groups: Group[]): string {
  let out = `${head("//")}#ifndef LATCH_SPEC_H\n#define LATCH_SPEC_H\n`;
  for (const group of groups) {
    out += `\n// ${group.file}\n`;
    for (const { name, value } of group.constants) {
      out += `#define ${name} ${value < 0 ? `(${value})` : value > 0x7fffffff ? `${literal(value)}u` : literal(value)}\n`;
    }
  }
  return `${out}\n#endif\n`;
}

function main(): void {
  const groups = readdirSync(join(root, "spec"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .flatMap((name) => parseTables(`spec/${name}`, readFileSync(join(root, "spec", name), "utf8")));
  const stale: string[] = [];
  for (const [path, emit] of Object.entries(TARGETS)) {
    const text = emit(groups);
    let old = "";
    try {
      old = readFileSync(join(root, path), "utf8");
    } catch {}
    if (old === text) continue;
    stale.push(path);
    if (!process.argv.includes("--check")) writeFileSync(join(root, path), text);
  }
  if (process.argv.includes("--check") && stale.length > 0) {
    console.error(`stale: ${stale.join(", ")}; run: npm run generate`);
    process.exitCode = 1;
  }
}

main();
