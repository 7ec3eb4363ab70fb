// Evidence (b): a map's arena as a heap profile in pprof's format, by entry state and by key.
//
// A sample's stack is: map, what its keys have in common, state. So `go tool pprof -top` lists the
// states, `-top -cum` the keys too, and speedscope draws all. Labels say state, part and key again
// for -tagfocus and -tags.
import { gunzipSync, gzipSync } from "node:zlib";
import {
  Label,
  Line,
  Location,
  Function as PprofFunction,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import { messageOf, ToolError } from "../base/error.ts";
import type { Census, Holding, MapKey } from "./census.ts";

/** How integer keys are made: `publisher << 32 | writer << 16 | index`, or in no known way. */
export type KeyForm = "fields" | "plain";

export interface NamedCensus extends Census {
  name: string;
}

/** A figure of a profile: all samples of one state together. */
export interface StateSum {
  state: string;
  objects: number;
  bytes: number;
}

/** A gzipped profile with the sample types objects and bytes. `timeMs`: since 1970. */
export function encodeHeap(censuses: NamedCensus[], keys: KeyForm, timeMs: number): Uint8Array {
  const profile = new ProfileWriter();
  for (const census of censuses) {
    for (const holding of census.holdings) profile.add(census.name, holding, keys);
    if (!census.isExact) {
      profile.comment(`${census.name}: changed while it was copied; some blocks count as writing`);
    }
  }
  return gzipSync(profile.encode(timeMs));
}

/** What a profile of encodeHeap says of each state, most bytes first. Errors: BAD_INPUT. */
export function sumByState(gzipped: Uint8Array): StateSum[] {
  let profile: Profile;
  try {
    profile = Profile.decode(gunzipSync(gzipped));
  } catch (error) {
    throw new ToolError("BAD_INPUT", `not a heap profile: ${messageOf(error)}`);
  }
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "";
  const sums = new Map<string, StateSum>();
  for (const sample of profile.sample) {
    const label = sample.label.find(({ key }) => text(key) === "state");
    const state = label ? text(label.str) : "";
    const sum = sums.get(state) ?? { state, objects: 0, bytes: 0 };
    sum.objects += Number(sample.value[0]);
    sum.bytes += Number(sample.value[1]);
    sums.set(state, sum);
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes);
}

class ProfileWriter {
  readonly #strings = new StringTable();
  readonly #locations = new Map<string, Location>();
  readonly #functions: PprofFunction[] = [];
  readonly #samples = new Map<string, Sample>();
  readonly #comments: number[] = [];

  add(map: string, holding: Holding, keys: KeyForm): void {
    const tags = holding.key === undefined ? [] : tagsOf(holding.key, keys);
    const labels = [["state", holding.state], ["part", holding.part], ...tags] as const;
    const frames = [map, ...tags.map(([name, value]) => `${name} ${value}`), holding.state];
    const id = JSON.stringify([frames, holding.part]);
    let sample = this.#samples.get(id);
    if (!sample) {
      sample = new Sample({
        // The leaf comes first.
        locationId: frames.reverse().map((name) => this.#location(name).id),
        value: [0, 0],
        label: labels.map(([key, value]) => this.#label(key, value)),
      });
      this.#samples.set(id, sample);
    }
    sample.value = [Number(sample.value[0]) + 1, Number(sample.value[1]) + holding.bytes];
  }

  comment(text: string): void {
    this.#comments.push(this.#strings.dedup(text));
  }

  encode(timeMs: number): Uint8Array {
    const type = (name: string, unit: string) =>
      new ValueType({ type: this.#strings.dedup(name), unit: this.#strings.dedup(unit) });
    const bytes = type("bytes", "bytes");
    return new Profile({
      sampleType: [type("objects", "count"), bytes],
      defaultSampleType: bytes.type,
      periodType: bytes,
      period: 1,
      sample: [...this.#samples.values()],
      location: [...this.#locations.values()],
      function: this.#functions,
      comment: this.#comments,
      timeNanos: BigInt(Math.round(timeMs)) * 1_000_000n,
      stringTable: this.#strings,
    }).encode();
  }

  #location(name: string): Location {
    const known = this.#locations.get(name);
    if (known) return known;
    const id = this.#locations.size + 1;
    const text = this.#strings.dedup(name);
    this.#functions.push(new PprofFunction({ id, name: text, systemName: text }));
    const location = new Location({ id, line: [new Line({ functionId: id, line: 0 })] });
    this.#locations.set(name, location);
    return location;
  }

  #label(key: string, value: string): Label {
    return new Label({ key: this.#strings.dedup(key), str: this.#strings.dedup(value) });
  }
}

/** What a key has in common with others, from the outside in. */
function tagsOf(key: MapKey, form: KeyForm): [name: string, value: string][] {
  if ("bytes" in key) return [["bytes", prefixOf(key.bytes)]];
  if (form === "plain") return [["keys", "integer"]];
  return [
    ["publisherId", String(key.integer >> 32n)],
    ["dataSetWriterId", String((key.integer >> 16n) & 0xffffn)],
  ];
}

/** Up to the first separator if the key is text, else its first four bytes. */
function prefixOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  if (!/^[\x20-\x7e]*$/.test(text))
    return `${Buffer.from(bytes.subarray(0, 4)).toString("hex")}...`;
  const separator = text.search(/[/:.]/);
  return `"${separator < 0 ? "" : text.slice(0, separator + 1)}"`;
}
