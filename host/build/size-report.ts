// How much flash, RAM and stack an image takes, by module, against the board's budget and the build
// before.
import { readFileSync } from "node:fs";
import type { Board } from "../board/schema.ts";
import { readCallGraph, stackBound } from "./stack-bound.ts";
import { demangle } from "./translate.ts";

export interface ModuleSize {
  module: string;
  flashBytes: number;
  ramBytes: number;
}

export interface SizeReport {
  board: string;
  flashBytes: number;
  /** Everything in RAM: both stacks, fault record, variables and the linear memory. */
  ramBytes: number;
  stackBytes: number;
  stackPath: string[];
  handlerStackBytes: number;
  budget: Board["budget"];
  modules: ModuleSize[];
}

/**
 * Extended frame with floating-point registers; 32 bytes without (Armv7-M ARM, B1.5.7), plus
 * alignment.
 */
const EXCEPTION_FRAME_BYTES = { fpu: 104 + 8, plain: 32 + 8 };

/** Which module a section of the link map belongs to. */
function moduleOf(section: string, object: string): string {
  if (/\.a\b/.test(object)) return object.replace(/^.*\/(lib\w+)\.a.*$/, "$1");
  const file = object.replace(/^.*\//, "").replace(/\.o$/, "");
  if (file === "program") {
    const translated = /w2c_program_(\w+)/.exec(section)?.[1];
    if (!translated) return "program (data, exports)";
    const path = demangle(translated)
      .replace(/^~lib\/latchwork\//, "")
      .split("/");
    return path.length > 2 ? path.slice(0, 2).join("/") : (path[0] ?? "program");
  }
  return file === "port" ? "board port" : `firmware/port/${file}`;
}

interface MapSection {
  name: string;
  bytes: number;
  object: string;
}

/** Input sections that made it into the image, from the linker's map. */
function readMap(map: string): MapSection[] {
  const body = map.slice(map.indexOf("Linker script and memory map"));
  const sections: MapSection[] = [];
  const pattern = /^ (\.[\w.$]+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+\.o\)?)$/gm;
  for (const match of body.matchAll(pattern)) {
    const bytes = Number.parseInt(match[3] as string, 16);
    const isDebug = /^\.(debug|comment|ARM\.attributes)/.test(match[1] as string);
    if (bytes === 0 || isDebug) continue;
    sections.push({ name: match[1] as string, bytes, object: match[4] as string });
  }
  return sections;
}

/** Measures one image from its link map, `size` output and call graph. */
export function sizeReport(options: {
  board: Board;
  mapPath: string;
  callGraphPaths: string[];
  /** Section name -> bytes, from `size -A`. */
  sections: Map<string, number>;
}): SizeReport {
  const { board, sections } = options;
  const bytes = (...names: string[]) =>
    names.reduce((sum, name) => sum + (sections.get(name) ?? 0), 0);
  const modules = new Map<string, ModuleSize>();
  for (const section of readMap(readFileSync(options.mapPath, "utf8"))) {
    const module = moduleOf(section.name, section.object);
    const entry = modules.get(module) ?? { module, flashBytes: 0, ramBytes: 0 };
    const isRam = /^\.(data|bss|noinit)|^COMMON/.test(section.name);
    if (!isRam || section.name.startsWith(".data")) entry.flashBytes += section.bytes;
    if (isRam) entry.ramBytes += section.bytes;
    modules.set(module, entry);
  }
  const graph = readCallGraph(options.callGraphPaths);
  const frame = board.cpu.fpu === "none" ? EXCEPTION_FRAME_BYTES.plain : EXCEPTION_FRAME_BYTES.fpu;
  const main = stackBound(graph, ["start"]);
  const handlers = stackBound(graph, ["timer_interrupt", "report_fault", "unexpected_interrupt"]);
  return {
    board: board.name,
    flashBytes: bytes(".text", ".ARM.exidx", ".data"),
    ramBytes: bytes(".stack", ".noinit", ".data", ".bss"),
    stackBytes: main.bytes + frame,
    stackPath: main.path.map(demangle),
    handlerStackBytes: handlers.bytes + frame,
    budget: board.budget,
    modules: [...modules.values()].sort(
      (a, b) => b.flashBytes + b.ramBytes - (a.flashBytes + a.ramBytes),
    ),
  };
}

/** What exceeds the budget, in words; empty if nothing does. */
export function budgetExcess(report: SizeReport): string[] {
  const checks: [string, number, number][] = [
    ["flash", report.flashBytes, report.budget.flashSizeBytes],
    ["RAM", report.ramBytes, report.budget.ramSizeBytes],
    ["stack", report.stackBytes, report.budget.stackSizeBytes],
    ["handler stack", report.handlerStackBytes, report.budget.handlerStackSizeBytes],
  ];
  return checks
    .filter(([, used, budget]) => used > budget)
    .map(([what, used, budget]) => `${what} ${used} bytes, budget ${budget}`);
}

/** Table for people; `before` adds the difference to an earlier build. */
export function formatSizeReport(report: SizeReport, before?: SizeReport): string {
  const difference = (now: number, then: number | undefined) =>
    then === undefined || now === then ? "" : ` (${now > then ? "+" : ""}${now - then})`;
  const row = (name: string, used: number, budget: number, then?: number) =>
    `  ${name.padEnd(14)}${String(used).padStart(8)} of ${String(budget).padStart(8)} bytes  ` +
    `${((100 * used) / budget).toFixed(1).padStart(5)} %${difference(used, then)}`;
  const { budget } = report;
  const lines = [
    report.board,
    row("flash", report.flashBytes, budget.flashSizeBytes, before?.flashBytes),
    row("RAM", report.ramBytes, budget.ramSizeBytes, before?.ramBytes),
    row("stack", report.stackBytes, budget.stackSizeBytes, before?.stackBytes),
    row(
      "handler stack",
      report.handlerStackBytes,
      budget.handlerStackSizeBytes,
      before?.handlerStackBytes,
    ),
    "",
    `  ${"module".padEnd(28)}${"flash".padStart(8)}${"RAM".padStart(9)}`,
  ];
  for (const module of report.modules) {
    const then = before?.modules.find((other) => other.module === module.module);
    lines.push(
      `  ${module.module.padEnd(28)}${String(module.flashBytes).padStart(8)}${String(module.ramBytes).padStart(9)}` +
        (before
          ? difference(
              module.flashBytes + module.ramBytes,
              (then?.flashBytes ?? 0) + (then?.ramBytes ?? 0),
            )
          : ""),
    );
  }
  return lines.join("\n");
}
