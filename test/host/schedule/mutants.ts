// Ways to break the core, and for each the program that shows it.
import type { Mutation } from "./build.ts";
import { BURST } from "./injection.ts";

export interface Mutant {
  name: string;
  changes: Mutation[];
  /** The program that fails with it (programs.ts), or BURST (injection.ts). */
  program: string;
}

const change = (file: string, from: string, to: string): Mutation => ({
  ...{ file: `assembly/${file}.ts`, from, to },
});

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no second look whether the bucket was split meanwhile",
    program: "load of what moves, the subject's bucket is split next",
    changes: [
      change(
        "map/search",
        "return !wasUnset || syncLoad(directoryPlace(map, hash & (buckets - 1))) == MAP_WORD_UNSET;",
        "return true;",
      ),
    ],
  },
  {
    name: "no second look whether the map was doubled meanwhile",
    program: "load of what moves, next insertion doubles",
    changes: [
      change("map/search", "if (syncLoad(map + MAP_BUCKETS) != buckets) return false;", ""),
    ],
  },
  {
    name: "an entry is published before it leads on to the others",
    program: "store and delete, empty",
    changes: [
      change("map/change", "  store<u32>(entry, word, MAP_ENTRY_NEXT);\n", ""),
      change(
        "map/change",
        "  if (!bucketReplace(place, word, front)) return false;\n",
        `  if (!bucketReplace(place, word, front)) return false;
  store<u32>(entry, word, MAP_ENTRY_NEXT);\n`,
      ),
    ],
  },
  {
    name: "a value is published before it leads on to the one it replaced",
    program: "store and delete, dirty",
    changes: [
      change(
        "map/change",
        "  store<u32>(value - MAP_VALUE_BLOCK_HEADER_SIZE, <u32>old, MAP_BLOCK_PREVIOUS);\n",
        "",
      ),
      change(
        "map/change",
        "  if (entryReplace(entry + MAP_ENTRY_WORD, now, to) != STATUS_OK) return AGAIN;\n",
        `  if (entryReplace(entry + MAP_ENTRY_WORD, now, to) != STATUS_OK) return AGAIN;
  store<u32>(value - MAP_VALUE_BLOCK_HEADER_SIZE, <u32>old, MAP_BLOCK_PREVIOUS);\n`,
      ),
    ],
  },
  {
    name: "what is retired is free at once",
    program: "load and give back, read",
    changes: [change("map/pin", ">= <i32>(2 * EPOCH_STEP)", ">= 0")],
  },
  {
    name: "what is retired is free in the next epoch",
    program: "load and give back, read",
    changes: [change("map/pin", ">= <i32>(2 * EPOCH_STEP)", ">= <i32>EPOCH_STEP")],
  },
  {
    name: "a pin is not shown",
    program: "load and give back, read",
    changes: [
      change(
        "map/pin",
        "syncStore(self + MAP_AGENT_PIN, syncLoad(map + MAP_EPOCH));",
        "syncLoad(map + MAP_EPOCH);",
      ),
    ],
  },
  {
    name: "the epoch moves on in spite of pins",
    program: "load and give back, read",
    changes: [change("map/pin", "if (pin != 0 && pin != epoch) return;", "")],
  },
  {
    name: "a promotion is put in place whatever was inserted meanwhile",
    program: "one promotion and one insertion, dirty",
    changes: [
      change(
        "map/promote",
        "if (!bucketReplace(place, word, promoted | mark)) {",
        "syncStore(place, promoted | mark);\n  if (false) {",
      ),
      change(
        "map/promote",
        'import { retire } from "./pin";',
        'import { retire } from "./pin";\nimport { syncStore } from "./sync";',
      ),
    ],
  },
  {
    name: "a cut does not look again whether an entry was expunged",
    program: "cut and promotion, deleted in the dirty part",
    changes: [
      change(
        "map/cut",
        "if (entryLoad(entry + MAP_ENTRY_WORD) != word || end <= clock)",
        "if (end <= clock)",
      ),
    ],
  },
  {
    name: "a delete goes on though another was faster",
    program: "store and delete, read",
    changes: [
      change(
        "map/change",
        "if (!entryAdvance(self, entry, now, entryWord(value, ENTRY_STATE_DELETED))) return AGAIN;",
        "entryAdvance(self, entry, now, entryWord(value, ENTRY_STATE_DELETED));",
      ),
    ],
  },
  {
    name: "a delete does not step the entry's word",
    program: "store and delete, read",
    changes: [
      change(
        "map/change",
        "if (!entryAdvance(self, entry, now, entryWord(value, ENTRY_STATE_DELETED))) return AGAIN;",
        "",
      ),
    ],
  },
  {
    name: "nobody helps a clear to its end",
    program: "clear and cut, dirty",
    changes: [
      change("map/clock", "if (!(word & CLEARING)) return word >> 1;", "return word >> 1;"),
    ],
  },
  {
    name: "a clear moves the clock before the floor",
    program: "clear, and two keys of one thread, read",
    changes: [
      change(
        "map/clock",
        "  if (floor < clock) syncExchange(map + MAP_FLOOR, floor, clock);\n",
        "",
      ),
      change(
        "map/clock",
        "  syncExchange(map + MAP_CLOCK, word, (clock + 1) << 1);\n",
        `  syncExchange(map + MAP_CLOCK, word, (clock + 1) << 1);
  if (floor < clock) syncExchange(map + MAP_FLOOR, floor, clock);\n`,
      ),
    ],
  },
  {
    name: "a value outlives the clear that took what it replaced",
    program: "clear and one swap, read",
    changes: [change("map/clock", "if (stamp <= floor) clock = floor;", "")],
  },
  {
    name: "a cut shows its clock after the clock moved on",
    program: "cut and delete, next deletion promotes",
    changes: [
      change("map/clock", "    syncStore(self + MAP_AGENT_CUT, clock);\n", ""),
      change(
        "map/clock",
        "    if (syncExchange(map + MAP_CLOCK, word, word + 2) == word) return STATUS_OK;",
        `    if (syncExchange(map + MAP_CLOCK, word, word + 2) != word) continue;
    syncStore(self + MAP_AGENT_CUT, clock);
    return STATUS_OK;`,
      ),
    ],
  },
  {
    name: "what a cut sees may be dropped",
    program: "cut and delete, next deletion promotes",
    changes: [
      change("map/clock", "if (syncLoad(map + MAP_CUTS) == 0) return horizon;", "return horizon;"),
    ],
  },
  {
    name: "a frozen bucket is added to",
    program: "insertions on both sides of a split, nothing split yet",
    changes: [change("map/change", "if (isUnset || word & MAP_WORD_FROZEN) {", "if (isUnset) {")],
  },
  {
    name: "two agents may claim one word of the arena",
    program: "two insertions, small",
    changes: [
      change(
        "map/arena",
        "if (syncExchange(word, used, ALL) != used) return false; // another agent is at work here",
        "syncExchange(word, used, ALL);",
      ),
    ],
  },
  {
    name: "what is given back to a word that is just being claimed is not marked as free",
    program: "swap and give back, small",
    changes: [
      change(
        "map/arena",
        "if (isListed(~syncLoad(bitmapWord(map, index)))) syncOr(word, bit);",
        "",
      ),
    ],
  },
  {
    name: "how many are split is read before the number of buckets",
    program: BURST,
    changes: [
      change(
        "map/growth",
        "    const buckets = syncLoad(map + MAP_BUCKETS);\n    const done",
        "    const done",
      ),
      change(
        "map/growth",
        "    if (done >= buckets) return;",
        "    const buckets = syncLoad(map + MAP_BUCKETS);\n    if (done >= buckets) return;",
      ),
    ],
  },
  {
    name: "what another promotion expunged is kept again",
    program: "no room for two promotions, single granules left",
    changes: [
      change("map/promote", "if (entryState(word) == ENTRY_STATE_EXPUNGED) return true;", ""),
    ],
  },
  {
    name: "a bucket whose entries were all deleted meanwhile is put in place",
    program: "clear and one swap, read",
    changes: [
      change(
        "map/promote",
        "if (tagsBegin(<u32>bucket) != tagsEnd(<u32>bucket)) return <u32>bucket;",
        "return <u32>bucket;",
      ),
    ],
  },
  {
    name: "a reader of a snapshot does not look again after it pinned",
    program: "publish and read",
    changes: [
      change("snapshot/region", "if (again == base) return <usize>base;", "return <usize>base;"),
    ],
  },
];
