// The judge of all schedules, tried on histories whose verdict is known.
import assert from "node:assert/strict";
import { it } from "node:test";
import { STATUS_FULL } from "../../../host/base/spec.ts";
import { type Call, type Content, isLinearizable, LOADED } from "./linearize.ts";

/** `kind key value/old=answer` with begin and end: what a test says of a call. */
type Short = Partial<Call> & Pick<Call, "kind" | "begin" | "end">;

function verdict(
  initial: Record<string, number>,
  calls: Short[],
  final: Record<string, number>,
  mayBeFull = false,
): boolean {
  const content = (tags: Record<string, number>): Content => new Map(Object.entries(tags));
  return isLinearizable({
    initial: content(initial),
    calls: calls.map((call) => ({ answer: 0, ...call })),
    final: content(final),
    mayBeFull,
  });
}

const store = (key: string, value: number, begin: number, end: number): Short => ({
  ...{ kind: "store", key, value, begin, end },
});
const load = (key: string, answer: number, begin: number, end: number): Short => ({
  ...{ kind: "load", key, answer, begin, end },
});
const clear = (begin: number, end: number): Short => ({ kind: "clear", begin, end });
const shown = (tags: Record<string, number>) => new Map(Object.entries(tags));

it("lets a load beside a store see either value, and one behind it only the new", () => {
  for (const seen of [1, 2]) {
    assert.ok(verdict({ a: 1 }, [store("a", 2, 0, 3), load("a", seen, 1, 2)], { a: 2 }));
  }
  assert.ok(!verdict({ a: 1 }, [store("a", 2, 0, 1), load("a", 1, 2, 3)], { a: 2 }));
  assert.ok(!verdict({ a: 1 }, [store("a", 2, 0, 3), load("a", 3, 1, 2)], { a: 2 }));
});

it("lets no two loads, one after the other, see a value change back", () => {
  const calls = (first: number, second: number) => [
    store("a", 2, 0, 9),
    load("a", first, 1, 2),
    load("a", second, 3, 4),
  ];
  assert.ok(verdict({ a: 1 }, calls(1, 2), { a: 2 }));
  assert.ok(!verdict({ a: 1 }, calls(2, 1), { a: 2 }));
});

it("lets one of two swaps of the same value have it, not both", () => {
  const swap = (value: number, answer: number): Short => ({
    ...{ kind: "swap", key: "a", value, answer, begin: 0, end: 9 },
  });
  assert.ok(verdict({ a: 1 }, [swap(2, 1), swap(3, 2)], { a: 3 }));
  assert.ok(verdict({ a: 1 }, [swap(2, 3), swap(3, 1)], { a: 2 }));
  assert.ok(!verdict({ a: 1 }, [swap(2, 1), swap(3, 1)], { a: 3 }));
  assert.ok(!verdict({ a: 1 }, [swap(2, 1), swap(3, 2)], { a: 2 }));
});

it("lets one of two loadOrStore store, and the other load what it stored", () => {
  const attempt = (value: number, answer: number): Short => ({
    ...{ kind: "loadOrStore", key: "a", value, answer, begin: 0, end: 9 },
  });
  assert.ok(verdict({}, [attempt(2, 2), attempt(3, 2 | LOADED)], { a: 2 }));
  assert.ok(!verdict({}, [attempt(2, 2), attempt(3, 3)], { a: 3 }));
  assert.ok(!verdict({}, [attempt(2, 3 | LOADED), attempt(3, 2 | LOADED)], {}));
});

it("lets a compare and delete not bring back what a compare and swap replaced", () => {
  const swap: Short = { kind: "compareAndSwap", key: "a", old: 1, value: 2, begin: 0, end: 9 };
  const remove: Short = { kind: "compareAndDelete", key: "a", old: 1, begin: 1, end: 8 };
  assert.ok(verdict({ a: 1 }, [{ ...swap, answer: 1 }, remove], { a: 2 }));
  assert.ok(verdict({ a: 1 }, [swap, { ...remove, answer: 1 }], {}));
  assert.ok(
    !verdict(
      { a: 1 },
      [
        { ...swap, answer: 1 },
        { ...remove, answer: 1 },
      ],
      {},
    ),
  );
  assert.ok(!verdict({ a: 1 }, [swap, remove], { a: 1 }));
  assert.ok(!verdict({}, [{ ...remove, old: 0, answer: 1 }], {}));
});

it("lets a delete be answered with yes once", () => {
  const remove = (answer: number): Short => ({
    kind: "delete",
    key: "a",
    answer,
    begin: 0,
    end: 9,
  });
  const take = (answer: number): Short => ({ ...remove(answer), kind: "loadAndDelete" });
  assert.ok(verdict({ a: 1 }, [remove(1), remove(0)], {}));
  assert.ok(verdict({ a: 1 }, [take(1), remove(0)], {}));
  assert.ok(!verdict({ a: 1 }, [take(1), remove(1)], {}));
  assert.ok(!verdict({ a: 1 }, [remove(0), remove(0)], {}));
});

it("lets a clear take all keys at one moment", () => {
  const calls = (a: number, b: number) => [clear(0, 9), load("a", a, 1, 2), load("b", b, 3, 4)];
  assert.ok(verdict({ a: 1, b: 1 }, calls(1, 1), {}));
  assert.ok(verdict({ a: 1, b: 1 }, calls(1, 0), {}));
  assert.ok(verdict({ a: 1, b: 1 }, calls(0, 0), {}));
  assert.ok(!verdict({ a: 1, b: 1 }, calls(0, 1), {}), "a is gone, then b is there");
  assert.ok(!verdict({ a: 1, b: 1 }, [clear(0, 9)], { a: 1 }));
  assert.ok(!verdict({ a: 1 }, [store("a", 2, 0, 1), clear(2, 3)], { a: 2 }));
});

it("lets a cut show one moment of all keys", () => {
  const writes = [store("a", 2, 0, 3), store("b", 2, 4, 7)];
  const cut = (a: number, b: number, begin = 1, end = 8): Short => ({
    ...{ kind: "cut", shown: shown({ a, b }), begin, end },
  });
  const initial = { a: 1, b: 1 };
  for (const [a, b] of [
    [1, 1],
    [2, 1],
    [2, 2],
  ] as const) {
    assert.ok(verdict(initial, [...writes, cut(a, b)], { a: 2, b: 2 }));
  }
  assert.ok(!verdict(initial, [...writes, cut(1, 2)], { a: 2, b: 2 }), "b before a");
  assert.ok(!verdict(initial, [...writes, cut(1, 1, 5, 6)], { a: 2, b: 2 }), "a is long past");
  const leaky: Short = { kind: "cut", shown: shown({ a: 1 }), begin: 0, end: 9 };
  assert.ok(!verdict(initial, [leaky], initial), "b was always there");
});

it("lets a range show each key as of a moment of its own, and none that was never there", () => {
  const writes = [store("a", 2, 0, 3), store("b", 2, 4, 7)];
  const range = (tags: Record<string, number>, begin = 1, end = 8): Short => ({
    ...{ kind: "range", shown: shown(tags), begin, end },
  });
  const initial = { a: 1, b: 1 };
  assert.ok(verdict(initial, [...writes, range({ a: 1, b: 2 })], { a: 2, b: 2 }));
  assert.ok(!verdict(initial, [...writes, range({ a: 1, b: 2 }, 5, 8)], { a: 2, b: 2 }));
  assert.ok(!verdict(initial, [...writes, range({ a: 2 })], { a: 2, b: 2 }), "b throughout");
  assert.ok(!verdict(initial, [range({ a: 1, b: 1, c: 1 })], initial));
  const remove: Short = { kind: "delete", key: "a", answer: 1, begin: 2, end: 3 };
  for (const tags of [{ a: 1, b: 1 }, { b: 1 }]) {
    assert.ok(verdict(initial, [remove, range(tags)], { b: 1 }));
  }
  assert.ok(!verdict(initial, [remove, range({ a: 1, b: 1 }, 4, 5)], { b: 1 }));
  assert.ok(verdict(initial, [clear(0, 9), range({ b: 1 })], {}));
});

it("lets a refusal for want of room change nothing, where there may be one", () => {
  const refused: Short = { ...store("a", 2, 0, 1), answer: STATUS_FULL };
  assert.ok(verdict({ a: 1 }, [refused], { a: 1 }, true));
  assert.ok(!verdict({ a: 1 }, [refused], { a: 2 }, true));
  assert.ok(!verdict({ a: 1 }, [refused], { a: 1 }));
  const load: Short = { kind: "load", key: "a", answer: STATUS_FULL, begin: 0, end: 1 };
  assert.ok(!verdict({ a: 1 }, [load], { a: 1 }, true));
});

it("finds the one order among twelve concurrent swaps, and that one link less has none", () => {
  const swaps = Array.from({ length: 12 }, (_, i): Short => {
    const value = 2 + ((i * 5) % 12);
    return { kind: "swap", key: "a", value, answer: value - 1, begin: i, end: 100 + i };
  });
  assert.ok(verdict({ a: 1 }, swaps, { a: 13 }));
  const broken = swaps.map((call) => (call.value === 7 ? { ...call, answer: 1 } : call));
  assert.ok(!verdict({ a: 1 }, broken, { a: 13 }));
});

it("agrees with trying all orders, on histories of three calls", () => {
  let verdicts = 0;
  let explained = 0;
  const answers = [0, 1, 2];
  const pool = (begin: number, end: number): Short[] =>
    answers.flatMap((answer): Short[] => [
      { kind: "load", key: "a", answer, begin, end },
      { kind: "swap", key: "a", value: 2, answer, begin, end },
      { kind: "loadAndDelete", key: "a", answer, begin, end },
      ...(answer < 2
        ? [{ kind: "compareAndSwap", key: "a", old: 2, value: 1, answer, begin, end } as const]
        : []),
    ]);
  for (const first of pool(0, 3)) {
    for (const second of pool(1, 5)) {
      for (const third of pool(4, 6)) {
        for (const last of answers) {
          const calls = [first, second, third];
          const final: Record<string, number> = last === 0 ? {} : { a: last };
          const expected = inSomeOrder(calls, last);
          assert.equal(verdict({ a: 1 }, calls, final), expected, JSON.stringify([calls, last]));
          verdicts++;
          explained += Number(expected);
        }
      }
    }
  }
  assert.ok(explained > 100 && explained < verdicts / 2, `${explained} of ${verdicts}`);
});

/** The same question answered without any cleverness: each permutation, played. */
function inSomeOrder(calls: Short[], last: number): boolean {
  const play = (left: Short[], now: number): boolean => {
    if (left.length === 0) return now === last;
    return left.some((call) => {
      const rest = left.filter((other) => other !== call);
      if (rest.some((other) => other.end < call.begin)) return false;
      const matches = now === call.old;
      if (call.kind === "compareAndSwap") {
        if (call.answer !== Number(matches)) return false;
        return play(rest, matches ? (call.value as number) : now);
      }
      if (call.answer !== now) return false;
      if (call.kind === "load") return play(rest, now);
      return play(rest, call.kind === "swap" ? (call.value as number) : 0);
    });
  };
  return play(calls, 1);
}
