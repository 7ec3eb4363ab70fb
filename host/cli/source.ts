// The options that say what feeds the nodes: --source, and what a file of one's own does not tell.
import { type Command, InvalidArgumentError } from "commander";
import type { SourceOptions } from "../recording/source.ts";
import { collect, parseCount } from "./words.ts";

export interface SourceWords {
  source?: string[];
  rate?: number;
  gain?: number;
  shaft?: number;
  column?: string;
  channel?: number;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError("expected a number above 0.");
  }
  return value;
}

/** Adds the options to a command. */
export function addSourceOptions(command: Command): Command {
  return command
    .option(
      "-s, --source <source>",
      "cwru:ID, mfpt:ID, model:outer|inner|ball|healthy[:seed], or a .csv, .wav, .i16, .f32 file; " +
        "repeatable, in turn",
      collect,
    )
    .option("--rate <hz>", "sample rate of a file that does not tell", parseCount(200_000))
    .option("--gain <g>", "acceleration in g of one unit of a file", parsePositive)
    .option("--shaft <rpm>", "shaft speed at a file or the model", parsePositive)
    .option("--column <name>", "column of a .csv file, by name or number from 1")
    .option("--channel <number>", "channel of a .wav file, from 1", parseCount(64));
}

/** What openSource wants to know besides the source itself. */
export function sourceOptions(words: SourceWords): SourceOptions {
  return {
    ...(words.rate === undefined ? {} : { sampleRateHz: words.rate }),
    ...(words.gain === undefined ? {} : { gPerUnit: words.gain }),
    ...(words.shaft === undefined ? {} : { shaftMilliHz: Math.round((words.shaft * 1000) / 60) }),
    ...(words.column === undefined ? {} : { column: words.column }),
    ...(words.channel === undefined ? {} : { channel: words.channel }),
  };
}
