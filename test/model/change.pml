/* The operations: change.ts, map.ts and whole.ts. */

inline take_value() {
  allocate(4, 6, value);
  value = ((value - 3) << 3) | (gen[value] << 6) | READY
}

/* fillValue: nobody else can see the block yet, so it is one step, but in the mutant. */
inline fill_value() {
  if
  :: value == 0 -> d_step {
      RUNS;
      take_value();
#ifndef MUTANT_PUBLISH_FIRST
      v_low[ID(value)] = token; v_high[ID(value)] = token
#endif
    }
  :: else
  fi
}

inline fill_late(named) {
#ifdef MUTANT_PUBLISH_FIRST
  d_step { RUNS; v_low[ID(named)] = token };
  d_step { RUNS; v_high[ID(named)] = token }
#else
  skip
#endif
}

/* replace: one compare-exchange of the entry word. */
inline replace() {
  fill_value();
  d_step {
    RUNS;
    LIVE_ENTRY(found);
    is_won = SAME(e_word[ID(found)], now);
    if
    :: is_won ->
      CHECK(e_word[ID(found)] == now, reused_word);
      CHECK(present[key] != 0, key_twice);
      e_word[ID(found)] = value;
      became(token)
    :: else
    fi
  };
  if
  :: is_won -> fill_late(value); retire(1 << VALUE_BIT(now)); value = 0; answer = 0
  :: else
  fi;
  is_won = false
}

/* remove: ready to deleted, then a tidy. */
inline remove() {
  d_step {
    RUNS;
    LIVE_ENTRY(found);
    is_won = SAME(e_word[ID(found)], now);
    if
    :: is_won ->
      CHECK(e_word[ID(found)] == now, reused_word);
      e_word[ID(found)] = (now & ~7) | DELETED;
      became(0)
    :: else
    fi
  };
  if
  :: is_won ->
    is_won = false; answer = 0;
    now = 0; found = 0;
    d_step { RUNS; home = key & (buckets - 1) };
    tidy(home)
  :: else
  fi;
  is_won = false
}

/* insert: the entry is its agent's own until one compare-exchange of the directory word. */
inline insert() {
  fill_value();
  d_step {
    RUNS;
    if
    :: entry == 0 ->
      allocate(0, 4, entry);
      entry = ((entry + 1) << 3) | (gen[entry] << 6) | ENTRY
    :: else
    fi
  };
  d_step {
    RUNS;
    e_key[ID(entry)] = key; e_word[ID(entry)] = value; e_next[ID(entry)] = word;
    is_won = SAME(dir[home], word);
    if
    :: is_won ->
      CHECK(dir[home] == word, reused_word);
      CHECK(present[key] == 0, key_twice);
#ifdef SEEK_REUSE
      assert(GEN(entry) == 0);
#endif
      dir[home] = entry;
      became(token)
    :: else
    fi
  };
  if
  :: is_won ->
    is_won = false;
    fill_late(value);
    value = 0; word = entry; entry = 0; answer = 0;
    if :: walked + 1 >= CHAIN_MAX -> promote(home, word, 0) :: else fi;
  :: else
  fi;
  is_won = false
}

#ifdef MUTANT_ENTRY_REUSED
/* What the map must not do: a deleted entry becomes ready again. */
inline revive() {
  fill_value();
  d_step {
    RUNS;
    if
    :: STATE(e_word[ID(dead)]) == DELETED && IS_LIVE(ENTRY_BIT(dead), dead) ->
      now = e_word[ID(dead)];
      e_word[ID(dead)] = value;
      became(token);
      value = 0; answer = 0
    :: else
    fi
  };
  if :: now != 0 -> retire(1 << VALUE_BIT(now)) :: else fi;
  now = 0; dead = 0
}
#endif

/* The loop of change (change.ts) */
inline change() {
  answer = AGAIN;
  do
  :: answer == AGAIN ->
    count_try();
    look();
    if
    :: found != 0 ->
      d_step { RUNS; LIVE_ENTRY(found); now = e_word[ID(found)] };
      if
      :: STATE(now) == READY && kind == STORE -> replace()
      :: STATE(now) == READY && kind == DELETE -> remove()
      :: else
      fi;
      now = 0
    :: else ->
      look_again();
      if
      :: !holds -> skip
      :: holds && kind == DELETE -> answer = 0; d_step {
          RUNS;
          CHECK(call_saw[self] & 1, wrong_answer)
        }
      :: holds && kind == STORE && (is_unset || (word & FROZEN)) -> split()
#ifdef MUTANT_ENTRY_REUSED
      :: holds && kind == STORE && !is_unset && !(word & FROZEN) && dead != 0 -> revive()
#endif
      :: else -> insert()
      fi
    fi;
    found = 0; holds = false; is_unset = false
  :: else -> break
  od;
  skip;
  d_step { /* discardEntry, discardValue: nobody has seen them */
    RUNS;
    if :: entry != 0 -> index = ENTRY_BIT(entry); give_back(index) :: else fi;
    if :: value != 0 -> index = VALUE_BIT(value); give_back(index) :: else fi;
    entry = 0; value = 0; index = 0
  }
}

/* mapLoad with its pin, and the reading of the value in place. */
inline load_value() {
  pin_enter();
#ifdef GROWS
  /* Straight into the read part, perhaps by an old number of buckets. */
  if
  :: true -> d_step { RUNS; word = dir[0] }
  :: buckets == 2 && key == 1 -> d_step { RUNS; word = dir[1] }
  fi;
  if
  :: KIND(word) == BUCKET -> find(word);
    if
    :: found != 0 -> d_step { RUNS; LIVE_ENTRY(found); now = e_word[ID(found)] }
    :: else
    fi
  :: else
  fi;
  if :: STATE(now) != READY -> now = 0; found = 0 :: else fi;
#endif
  do
  :: now != 0 -> break
  :: else ->
    count_try();
    look();
    if
    :: found != 0 ->
      d_step { RUNS; LIVE_ENTRY(found); now = e_word[ID(found)] }; /* entryValue */
      break
    :: else -> look_again(); if :: holds -> break :: else fi
    fi
  od;
  if :: STATE(now) != READY -> now = 0 :: else fi;
#ifdef NOTES_MISSES
  /* noteMiss: after how many loads is left open */
  if
  :: walked > 0 ->
    d_step { RUNS; home = key & (buckets - 1) };
    d_step { RUNS; word = dir[home] };
    value = now; now = 0; /* promote uses `now` */
    if :: IS_CHAIN(word) -> promote(home, word, 0) :: else fi;
    now = value; value = 0
  :: true -> skip
  fi;
#endif
  if
  :: now != 0 ->
    d_step { RUNS; LIVE_VALUE(now); answer = v_low[ID(now)] };
    d_step {
      RUNS;
      LIVE_VALUE(now);
      CHECK(answer != 0 && v_high[ID(now)] == answer, torn_value)
    }
  :: else -> answer = 0
  fi;
  d_step { RUNS; CHECK(call_saw[self] & (1 << answer), wrong_answer) };
  pin_leave()
}

/* mapReclaim (whole.ts): sweep, then, without a pin, reclaimAll. */
inline sweep() {
  tidy(0);
#ifdef GROWS
  tidy(1);
#endif
  skip
}

inline reclaim_all() {
#ifdef RECLAIMS
  epoch_advance(); epoch_advance(); epoch_advance();
  release_and_free()
#else
  skip
#endif
}
