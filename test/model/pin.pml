/* Pins, epochs and limbo: pin.ts. A list is a set of blocks, a bit each. */

/* retire, limboList and append (pin.ts): one shared load, of the epoch. */
inline retire(mask) {
  d_step {
    RUNS;
    CHECK(!(retired & (mask)), retired_twice);
    retired = retired | (mask);
#ifdef RECLAIMS
    has_retired[self] = true;
#ifdef MUTANT_NO_GRACE
    freeable[self] = freeable[self] | (mask);
#else
    old = AGAIN;
    list = self * 3;
    do
    :: list == self * 3 + 3 -> break
    :: list < self * 3 + 3 && limbo[list] == 0 -> old = list; list++
    :: list < self * 3 + 3 && limbo[list] != 0 && limbo_epoch[list] == epoch -> old = list; break
    :: else ->
      if :: old == AGAIN && IS_OVER(list, epoch) -> old = list :: else fi;
      list++
    od;
    CHECK(old != AGAIN, limbo_full);
    if
    :: limbo[old] != 0 && limbo_epoch[old] != epoch -> /* handOn */
      freeable[self] = freeable[self] | limbo[old];
      limbo[old] = 0
    :: else
    fi;
    limbo_epoch[old] = epoch;
    limbo[old] = limbo[old] | (mask);
#endif
    old = 0; list = 0
#endif
  }
}

#ifdef RECLAIMS
/* pinEnter: two accesses. */
inline pin_enter() {
  d_step { RUNS; old = epoch };
  d_step { RUNS; pin[self] = old; old = 0 }
}

inline pin_leave() {
  d_step { RUNS; pin[self] = 0 }
}

/* epochAdvance */
inline epoch_advance() {
  d_step { RUNS; old = epoch };
  list = 0;
  do
  :: list < 3 -> d_step {
      RUNS;
#ifdef MUTANT_PIN_IGNORED
      if :: list != 1 && pin[list] != 0 && pin[list] != old -> list = AGAIN :: else -> list++ fi
#else
      if :: pin[list] != 0 && pin[list] != old -> list = AGAIN :: else -> list++ fi
#endif
    }
  :: else -> break
  od;
  if
  :: list == 3 -> d_step { RUNS; if :: epoch == old -> epoch++ :: else fi }
  :: else
  fi;
  old = 0; list = 0
}

/* limboRelease, then freeSome: the epoch is loaded, all else is the agent's own. */
inline release_and_free() {
  d_step {
    RUNS;
    list = self * 3;
    do
    :: list < self * 3 + 3 ->
      if
      :: limbo[list] != 0 && IS_OVER(list, epoch) ->
        freeable[self] = freeable[self] | limbo[list];
        limbo[list] = 0; limbo_epoch[list] = 0
      :: else
      fi;
      list++
    :: else -> break
    od;
    list = 0;
    do
    :: list < 16 ->
      if :: freeable[self] & (1 << list) -> give_back(list) :: else fi;
      list++
    :: else -> break
    od;
    retired = retired & ~freeable[self];
    freeable[self] = 0;
    list = 0
  }
}

/* reclaimStep, with RETIRE_BATCH 1 */
inline reclaim_step() {
  if
  :: has_retired[self] || freeable[self] != 0 ->
    if :: has_retired[self] -> has_retired[self] = false; epoch_advance() :: else fi;
    release_and_free()
  :: else
  fi
}
#else
inline pin_enter() { skip }
inline pin_leave() { skip }
inline reclaim_step() { skip }
#endif
