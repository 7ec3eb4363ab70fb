/* The protocol of the entry map (assembly/map), for the model checker SPIN.
 *
 * Three agents: two threads, and an interrupt that runs on top of thread 1 and lets it go on only
 * when it is done. Two keys, 0 and 1, share bucket 0 and part when the directory doubles. Each
 * d_step that begins with RUNS is one shared access of the core, or one and what only its agent can
 * see around it; the comment names the function. test/model/map.test.ts has the programs the agents
 * run (OP_agent_index), the starting states and the mutants, and says what is not in the model.
 *
 * Words are bytes:   directory  GEN GEN | ID ID ID | FROZEN | KIND KIND
 *                    entry      GEN GEN | ID ID ID | STATE STATE STATE
 *
 * GEN is a ghost: the generation of the block when the word was made. No compare-exchange looks at
 * it, so a compare-exchange that takes a reused block for the old one is seen; and so is every read
 * of a block that was given back. Memory between agents is sequentially consistent, as in sync.ts.
 */

#include "words.pml"
#include "pin.pml"
#include "bucket.pml"
#include "change.pml"

proctype agent(byte self) {
  byte pc, kind, key, token, answer, tries;
  byte word, home, seen_buckets, found, walked, now, value, entry, at, index, pair;
  byte made, count, room, parent, child, moves, stays, old, list;
  bool is_unset, holds, is_won, is_split;
#ifdef MUTANT_ENTRY_REUSED
  byte dead;
#endif
  if
  :: self == 2 -> irq_on = true
  :: else
  fi;
  do
  :: pc < (self == 0 -> 3 : (self == 1 -> 2 : 1)) ->
    d_step {
      RUNS;
      token = (self == 0 -> 1 : (self == 1 -> 4 : 6)) + pc;
      kind = script[token - 1] >> 1;
      key = script[token - 1] & 1;
      if
      :: kind == LOAD || kind == STORE || kind == DELETE ->
        call_key[self] = key; call_saw[self] = 1 << present[key]
      :: else
      fi
    };
    if
    :: kind == LOAD -> load_value()
    :: kind != LOAD && kind != 0 ->
      pin_enter();
      if
      :: kind == RECLAIM -> sweep()
      :: kind == DOUBLE -> d_step { RUNS; buckets = 2 }
      :: else -> change()
      fi;
      reclaim_step(); /* changeEnd */
      migrate_step();
      pin_leave();
      if :: kind == RECLAIM -> reclaim_all() :: else fi
    :: else
    fi;
    d_step {
      RUNS;
      call_key[self] = NO_KEY; call_saw[self] = 0;
      kind = 0; key = 0; token = 0; answer = 0; tries = 0;
      word = 0; home = 0; seen_buckets = 0; found = 0; walked = 0; now = 0;
      is_unset = false; holds = false;
#ifdef MUTANT_ENTRY_REUSED
      dead = 0;
#endif
      pc++
    }
  :: else -> break
  od;
  if
  :: self == 2 -> irq_on = false
  :: else
  fi
}

/* Puts key `which` in entry and value number `which` + 1. */
inline put(which, state) {
  e_key[which + 1] = which;
  e_word[which + 1] = ((which + 1) << 3) | state;
  v_low[which + 1] = 7; v_high[which + 1] = 7;
  taken = taken | (1 << which) | (1 << (which + 4));
  present[which] = (state == READY -> 7 : 0)
}

/* Counts in `held` the blocks that dir[which] leads to, and in `live` its own keys with a value. */
inline census(which) {
  at = dir[which];
  do
  :: IS_CHAIN(at) -> visit(at, which); at = e_next[ID(at)]
  :: else -> break
  od;
  if
  :: KIND(at) == BUCKET ->
    LIVE_BUCKET(at);
    held = held | (1 << BUCKET_BIT(at));
    index = 0;
    do
    :: index < PAIRS && b_pair[ID(at) * PAIRS + index] != 0 ->
      pair = b_pair[ID(at) * PAIRS + index];
      visit(pair, which);
      index++
    :: else -> break
    od
  :: else
  fi
}

inline visit(named, which) {
  LIVE_ENTRY(named);
  held = held | (1 << ENTRY_BIT(named)) | (1 << VALUE_BIT(e_word[ID(named)]));
  if
  :: STATE(e_word[ID(named)]) == READY && (dir[1] == UNSET || e_key[ID(named)] == which) ->
    CHECK(v_low[ID(e_word[ID(named)])] == present[e_key[ID(named)]], wrong_answer);
    live[e_key[ID(named)]]++
  :: else
  fi
}

init {
  byte at, index, pair, live[2];
  int held;
  d_step {
    script[0] = OP_0_0; script[1] = OP_0_1; script[2] = OP_0_2;
    script[3] = OP_1_0; script[4] = OP_1_1;
    script[5] = OP_2_0;
    call_key[0] = NO_KEY; call_key[1] = NO_KEY; call_key[2] = NO_KEY;
    dir[0] = EMPTY_OF(1);
#ifdef START_READ /* both keys in a read bucket */
    put(0, READY); put(1, READY);
    b_pair[PAIRS] = ENTRY | (1 << 3); b_pair[PAIRS + 1] = ENTRY | (2 << 3); b_level[1] = 1;
    taken = taken | (1 << 10);
    dir[0] = BUCKET | (1 << 3);
#endif
#ifdef START_DIRTY /* key 1 in front of a read bucket with key 0 */
    put(0, READY); put(1, READY);
    b_pair[PAIRS] = ENTRY | (1 << 3); b_level[1] = 1;
    taken = taken | (1 << 10);
    e_next[2] = BUCKET | (1 << 3);
    dir[0] = ENTRY | (2 << 3);
#endif
#ifdef START_DELETED /* key 0 in a read bucket, deleted */
    put(0, DELETED);
    b_pair[PAIRS] = ENTRY | (1 << 3); b_level[1] = 1;
    taken = taken | (1 << 10);
    dir[0] = BUCKET | (1 << 3);
#endif
#ifdef START_DOUBLED
    buckets = 2;
#endif
  };
  atomic { run agent(0); run agent(1); run agent(2) };
  /* At the end each key is there once or not at all, and every block in use is held or retired. */
  d_step {
    _nr_pr == 1;
    census(0);
    if :: dir[1] != UNSET -> census(1) :: else fi;
    CHECK(live[0] == (present[0] != 0) && live[1] == (present[1] != 0), lost_key);
    CHECK(taken == (held | retired), lost_block)
  }
}
