// Is there an order of these calls, none before one that ended before it began, that explains them?
//
// Wing and Gong, "Testing and verifying concurrent objects" (1993), with Lowe's memory of
// configurations seen (2017) and P-compositionality (Herlihy and Wing: a history is linearizable if
// that of each key is; not when a call is about all keys). What changes nothing and fits now is
// taken at once: it can only be in the way later. A range promises less: each key on its own, as if
// loaded at some moment of the call.
import { STATUS_FULL } from "../../../host/base/spec.ts";

export type Kind =
  | "store"
  | "load"
  | "swap"
  | "loadOrStore"
  | "loadAndDelete"
  | "delete"
  | "compareAndSwap"
  | "compareAndDelete"
  | "range"
  | "cut"
  | "clear"
  | "reclaim";

/** Keys and tags of values; a tag is never 0. */
export type Content = ReadonlyMap<string, number>;

export interface Call {
  kind: Kind;
  key?: string | undefined;
  value?: number | undefined;
  old?: number | undefined;
  /** As the core gives it; 0 for what is absent. */
  answer: number;
  /** What a range or a cut showed. */
  shown?: Content | undefined;
  /** Moments, all different but for calls that end when others begin: those overlap. */
  begin: number;
  end: number;
}

export interface History {
  initial: Content;
  calls: readonly Call[];
  final: Content;
  /** Whether a storing call may answer FULL, and then has changed nothing. */
  mayBeFull?: boolean;
}

/** Set in the answer of loadOrStore if the value was there. */
export const LOADED = 0x10000;

const CHANGING: ReadonlySet<Kind> = new Set<Kind>([
  ...(["store", "swap", "loadOrStore", "loadAndDelete", "delete"] as const),
  ...(["compareAndSwap", "compareAndDelete", "clear"] as const),
]);
const STORING: ReadonlySet<Kind> = new Set<Kind>([
  "store",
  "swap",
  "loadOrStore",
  "compareAndSwap",
]);

/** Whether the history can be explained. Up to 50 calls of one part. */
export function isLinearizable(history: History): boolean {
  const keys = keysOf(history);
  const calls = history.calls.flatMap((call) => asLoads(call, keys));
  if (calls.some(({ kind }) => kind === "clear" || kind === "cut")) {
    return hasOrder(history, keys, calls);
  }
  return keys.every((key) =>
    hasOrder(
      history,
      [key],
      calls.filter((call) => call.key === key),
    ),
  );
}

function keysOf({ initial, calls, final }: History): string[] {
  const keys = new Set([...initial.keys(), ...final.keys()]);
  for (const { key, shown } of calls) {
    if (key !== undefined) keys.add(key);
    for (const other of shown?.keys() ?? []) keys.add(other);
  }
  return [...keys];
}

/** A range as the loads it stands for; nothing for a call that has no effect to be seen. */
function asLoads(call: Call, keys: readonly string[]): Call[] {
  if (call.kind === "reclaim") return [];
  if (call.kind !== "range") return [call];
  const { shown, begin, end } = call;
  return keys.map((key) => ({ kind: "load", key, answer: shown?.get(key) ?? 0, begin, end }));
}

function hasOrder(history: History, keys: readonly string[], calls: readonly Call[]): boolean {
  const tags = (content: Content) => keys.map((key) => content.get(key) ?? 0);
  const final = tags(history.final);
  const indexOf = new Map(keys.map((key, index) => [key, index]));
  const mayBeFull = history.mayBeFull ?? false;
  const seen = new Set<string>();
  const done = calls.map(() => false);

  /** Whether what is not done can go on from `state`; the rest of the search has it as it was. */
  const canGoOn = (state: readonly number[], left: number): boolean => {
    if (left === 0) return state.every((tag, index) => tag === final[index]);
    const firstEnd = calls.reduce(
      (min, { end }, i) => (done[i] ? min : Math.min(min, end)),
      Infinity,
    );
    const open: [number, number[]][] = [];
    for (const [i, call] of calls.entries()) {
      if (done[i] || call.begin > firstEnd) continue;
      const next = after(call, state, indexOf.get(call.key ?? "") ?? -1, keys, mayBeFull);
      if (next === undefined) continue;
      open.push([i, next]);
      if (next === state || !CHANGING.has(call.kind)) {
        open.splice(0, open.length - 1);
        break;
      }
    }
    for (const [i, next] of open) {
      done[i] = true;
      const configuration = `${done.map(Number).join("")}|${next.join()}`;
      if (!seen.has(configuration)) {
        seen.add(configuration);
        if (canGoOn(next, left - 1)) return true;
      }
      done[i] = false;
    }
    return false;
  };
  return canGoOn(tags(history.initial), calls.length);
}

/** The state behind a call that gave its answer in `state`; undefined if it would give another. */
function after(
  call: Call,
  state: readonly number[],
  index: number,
  keys: readonly string[],
  mayBeFull: boolean,
): number[] | undefined {
  const { kind, answer, value = 0, old = 0 } = call;
  const now = state[index] ?? 0;
  const same = state as number[];
  const set = (tag: number) => state.map((other, i) => (i === index ? tag : other));
  const when = (isRight: boolean, next: number[]) => (isRight ? next : undefined);
  if (answer === STATUS_FULL && mayBeFull && STORING.has(kind)) return same;
  switch (kind) {
    case "load":
      return when(answer === now, same);
    case "store":
      return when(answer === 0, set(value));
    case "swap":
      return when(answer === now, set(value));
    case "loadOrStore":
      return now === 0 ? when(answer === value, set(value)) : when(answer === (now | LOADED), same);
    case "loadAndDelete":
      return when(answer === now, now === 0 ? same : set(0));
    case "delete":
      return when(answer === (now === 0 ? 0 : 1), now === 0 ? same : set(0));
    case "compareAndSwap":
      return now === old && now !== 0 ? when(answer === 1, set(value)) : when(answer === 0, same);
    case "compareAndDelete":
      return now === old && now !== 0 ? when(answer === 1, set(0)) : when(answer === 0, same);
    case "clear":
      return when(
        answer === 0,
        state.map(() => 0),
      );
    case "cut": {
      const { shown = new Map<string, number>() } = call;
      return when(answer === 0 && keys.every((key, i) => (shown.get(key) ?? 0) === state[i]), same);
    }
    default:
      return undefined;
  }
}
