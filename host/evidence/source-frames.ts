// From a place in TypeScript to the function that stands there, whatever was inlined.
//
// Binaryen inlines before the C is written, so neither gdb nor V8 knows the function any more; the
// line it came from is still there, and the source says which function that line is in.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../base/package.ts";
import type { Frame } from "./flame-graph.ts";

/** Line, from 1, of the declaration of each function of a file, ascending. */
const declarations = new Map<string, { line: number; name: string }[]>();

/** Name of the function that holds the line, `assembly/map/promote/bucketPromote`. */
export function functionAt(file: string, line: number): string | undefined {
  const found = readDeclarations(file).findLast((declaration) => declaration.line <= line);
  return found && `${moduleOf(file)}/${found.name}`;
}

/** Where a function of that name is declared; undefined if it is none of TypeScript's. */
export function declarationOf(name: string): { file: string; line: number } | undefined {
  const at = name.lastIndexOf("/");
  const file = `${name.slice(0, at)}.ts`;
  const own = readDeclarations(file).find((declaration) => declaration.name === name.slice(at + 1));
  return own && { file, line: own.line };
}

/**
 * One frame as a profiler tells it, as one or two: if the line belongs to another function, that
 * was inlined into it. `.../change/noteMiss` at `promote.ts:71` is noteMiss, then bucketPromote.
 */
export function framesAt(name: string, file: string, line: number): Frame[] {
  const inner = /\.ts$/.test(file) ? functionAt(file, line) : undefined;
  if (inner === undefined || inner === name) return [{ name, file, line }];
  const outer = declarationOf(name);
  if (!outer) return [{ name }, { name: inner, file, line }];
  return [
    { name, ...outer },
    { name: inner, file, line },
  ];
}

function readDeclarations(file: string): { line: number; name: string }[] {
  let known = declarations.get(file);
  if (!known) {
    const path = join(packageRoot, file.replace(/^~lib\/latchwork\//, ""));
    const rows = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    known = rows.flatMap((row, i) => {
      const name = /^(?:export )?function (\w+)/.exec(row)?.[1];
      return name === undefined ? [] : [{ line: i + 1, name }];
    });
    declarations.set(file, known);
  }
  return known;
}

function moduleOf(file: string): string {
  return file.replace(/\.ts$/, "");
}
