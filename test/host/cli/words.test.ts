// Values of command-line options: what is right comes through exactly, what is wrong is refused
// with what would be right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { checkWire, parseLink, parseWire } from "../../../host/cli/link.ts";
import { parseCount, parseDuration, parsePort, parseSeed } from "../../../host/cli/words.ts";

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function refuses(parse: (text: string) => unknown, ...texts: string[]): void {
  for (const text of texts)
    assert.throws(() => parse(text), InvalidArgumentError, JSON.stringify(text));
}

test("a duration is its number times its unit; without a unit it is seconds", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom(...Object.entries(units)),
      (n, [unit, ms]) => {
        assert.equal(parseDuration(`${n}${unit}`), n * ms);
        assert.equal(parseDuration(String(n)), n * 1000);
      },
    ),
  );
  assert.equal(parseDuration("1.5s"), 1500);
  refuses(
    parseDuration,
    "",
    "0",
    "0s",
    "-1s",
    "1 s",
    "1d",
    "s",
    "1e3s",
    "Infinity",
    "NaN",
    "1.s",
    ".5s",
  );
});

test("a port is a whole number from 0 to 65535", () => {
  fc.assert(
    fc.property(fc.integer({ min: -70_000, max: 140_000 }), (n) => {
      if (n >= 0 && n <= 65_535) assert.equal(parsePort(String(n)), n);
      else refuses(parsePort, String(n));
    }),
  );
  refuses(parsePort, "", " ", "http", "80.5", "8o");
});

test("a count is a whole number from 1 to its limit", () => {
  const parse = parseCount(500);
  for (const n of [1, 499, 500]) assert.equal(parse(String(n)), n);
  refuses(parse, "0", "-1", "501", "1.5", "", "many");
});

test("a seed is 32 bits, decimal or hexadecimal", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (n) => {
      assert.equal(parseSeed(String(n)), n);
      assert.equal(parseSeed(`0x${n.toString(16)}`), n);
    }),
  );
  refuses(parseSeed, "-1", "4294967296", "1.5", "seed", "");
});

test("a link is a kind and a place", () => {
  assert.deepEqual(parseLink("udp:47000"), { kind: "udp", place: "47000" });
  assert.deepEqual(parseLink("pcap:eth1.5"), { kind: "pcap", place: "eth1.5" });
  refuses(parseLink, "", "udp", "udp:", "pcap:", "tcp:1", "udp:65536", "udp:x", "UDP:1");
});

test("a wire's rates come through, and what is not named is absent", () => {
  const names = {
    loss: "lossRate",
    duplicate: "duplicateRate",
    corrupt: "corruptRate",
    reorder: "reorderRate",
  };
  const rates = fc.dictionary(
    fc.constantFrom(...Object.keys(names)),
    fc.double({ min: 0, max: 1, noNaN: true }),
    { minKeys: 1 },
  );
  fc.assert(
    fc.property(rates, fc.integer({ min: 0, max: 0xffffffff }), (chosen, seed) => {
      const text = [
        ...Object.entries(chosen).map(([name, rate]) => `${name}=${rate}`),
        `seed=${seed}`,
      ].join();
      const wanted = Object.entries(chosen).map(([name, rate]) => [
        names[name as keyof typeof names],
        Number(String(rate)),
      ]);
      assert.deepEqual({ ...parseWire(text) }, { seed, ...Object.fromEntries(wanted) });
      assert.equal(checkWire(text), text);
    }),
  );
  const wrong = [
    "",
    "loss",
    "loss=",
    "loss=2",
    "loss=-0.1",
    "loss=x",
    "drop=0.1",
    "loss=0.1,",
    "seed=-1",
    "seed=",
  ];
  refuses(parseWire, ...wrong, "seed=1.5", "seed=4294967296", "toString=0.5", "loss=0.1=0.2");
});
