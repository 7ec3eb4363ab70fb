// Every step between every pair of entry states.

import {
  ENTRY_STATE_EXPUNGED,
  ENTRY_STATE_MASK,
  ENTRY_STATE_READY,
  STATUS_ILLEGAL_STEP,
  STATUS_OK,
  STATUS_STALE,
} from "../../../assembly/base/spec";
import {
  entryLoad,
  entryOffset,
  entryReplace,
  entryState,
  entryStep,
  entryWord,
} from "../../../assembly/map/entry";

const place = memory.data(8, 8);
const STATES: i32 = ENTRY_STATE_EXPUNGED + 1;

describe("entry words", () => {
  it("hold an offset and a state apart", () => {
    for (let state = 0; state <= ENTRY_STATE_EXPUNGED; state++) {
      const word = entryWord(0x7ffffff8, state);
      expect(entryState(word)).toBe(state);
      expect(entryOffset(word)).toBe(0x7ffffff8);
    }
  });

  it("step from each of five states to the next one only", () => {
    let legal = 0;
    for (let from = 0; from < STATES; from++) {
      for (let to = 0; to < STATES; to++) {
        const before = entryWord(64, from);
        const after = entryWord(128, to);
        store<u32>(place, before);
        const status = entryStep(place, before, after);
        if (to == from + 1) {
          legal++;
          expect(status).toBe(STATUS_OK);
          expect(entryLoad(place)).toBe(after);
        } else {
          expect(status).toBe(STATUS_ILLEGAL_STEP);
          expect(entryLoad(place)).toBe(before);
        }
      }
    }
    expect(legal).toBe(4);
  });

  it("swing from one ready value to another only", () => {
    for (let from = 0; from < STATES; from++) {
      for (let to = 0; to < STATES; to++) {
        const before = entryWord(64, from);
        const after = entryWord(128, to);
        store<u32>(place, before);
        const status = entryReplace(place, before, after);
        const isLegal = from == ENTRY_STATE_READY && to == ENTRY_STATE_READY;
        expect(status).toBe(isLegal ? STATUS_OK : STATUS_ILLEGAL_STEP);
        expect(entryLoad(place)).toBe(isLegal ? after : before);
      }
    }
    const same = entryWord(64, ENTRY_STATE_READY);
    store<u32>(place, same);
    expect(entryReplace(place, same, same)).toBe(STATUS_ILLEGAL_STEP);
  });

  it("refuse a step whose start is no longer true", () => {
    for (let from = 0; from < STATES - 1; from++) {
      for (let actual = 0; actual < STATES; actual++) {
        if (actual == from) continue;
        store<u32>(place, entryWord(64, actual));
        expect(entryStep(place, entryWord(64, from), entryWord(64, from + 1))).toBe(STATUS_STALE);
        expect(entryLoad(place)).toBe(entryWord(64, actual));
      }
    }
  });

  it("know no states beyond the five", () => {
    for (let from = 0; from <= ENTRY_STATE_MASK; from++) {
      for (let to = STATES; to <= ENTRY_STATE_MASK; to++) {
        store<u32>(place, entryWord(64, from));
        expect(entryStep(place, entryWord(64, from), entryWord(64, to))).toBe(STATUS_ILLEGAL_STEP);
        expect(entryStep(place, entryWord(64, to), entryWord(64, from))).toBe(STATUS_ILLEGAL_STEP);
      }
    }
  });
});
