/* Searches, promotion and the split of a bucket: bucket.ts, search.ts, promote.ts, growth.ts. */

/* bucketFind over what `begin` leads to: `found`, and how many dirty entries it passed. */
inline find(begin) {
  found = 0; walked = 0; index = 0; at = begin;
  do
  :: found == 0 && IS_CHAIN(at) -> d_step {
      RUNS; /* entryHasKey, entryValue */
      LIVE_ENTRY(at);
      LOOK_AT(at);
      walked++;
      at = e_next[ID(at)]
    }
  :: found == 0 && KIND(at) == BUCKET && index < PAIRS -> d_step {
      RUNS;
      LIVE_BUCKET(at);
      pair = b_pair[ID(at) * PAIRS + index];
      index++;
      if
      :: pair == 0 -> index = PAIRS
      :: else -> LIVE_ENTRY(pair); LOOK_AT(pair)
      fi;
      pair = 0
    }
  :: else -> break
  od;
  index = 0; at = 0
}

/* The head of search (search.ts) and of the loop of change (change.ts), with homeWord. */
inline look() {
  d_step { RUNS; seen_buckets = buckets; home = key & (buckets - 1) };
  d_step { RUNS; word = dir[home]; is_unset = (word == UNSET) };
  if
  :: is_unset ->
    d_step { RUNS; word = dir[home] };
    if :: word == UNSET -> d_step { RUNS; word = dir[0] } :: else fi
  :: else
  fi;
  find(word)
}

/* searchHolds: the second look */
inline look_again() {
#ifdef MUTANT_NO_SECOND_LOOK
  holds = true
#else
  d_step { RUNS; holds = (buckets == seen_buckets) };
  if
  :: holds && is_unset -> d_step { RUNS; holds = (dir[home] == UNSET) }
  :: else
  fi;
#ifdef SEEK_SECOND_LOOK
  assert(kind != LOAD || holds);
#endif
  skip
#endif
}

#ifdef MUTANT_EXPUNGED_KEPT
#define IS_DROPPABLE(named) (STATE(e_word[ID(named)]) == DELETED)
#else
#define IS_DROPPABLE(named) \
  (STATE(e_word[ID(named)]) == DELETED || STATE(e_word[ID(named)]) == EXPUNGED)
#endif

/* Counts what is kept (keptCount) while there is no bucket `made`, else appends it there. */
#define KEEP(named)                               \
  if                                              \
  :: IS_DROPPABLE(named)                          \
  :: !IS_DROPPABLE(named) && made == 0 -> room++  \
  :: else ->                                      \
    CHECK(count < room, bucket_overrun);          \
    b_pair[ID(made) * PAIRS + count] = named;     \
    count++                                       \
  fi

/* One walk of bucketGather over all that `from` leads to. */
inline gather(from) {
  at = from; index = 0;
  do
  :: IS_CHAIN(at) -> d_step {
      RUNS; /* isDroppable */
      LIVE_ENTRY(at);
      KEEP(at);
      at = e_next[ID(at)]
    }
  :: KIND(at) == BUCKET && index < PAIRS -> d_step {
      RUNS;
      LIVE_BUCKET(at);
      pair = b_pair[ID(at) * PAIRS + index];
      index++;
      if
      :: pair == 0 -> index = PAIRS
      :: else -> LIVE_ENTRY(pair); KEEP(pair)
      fi;
      pair = 0
    }
  :: else -> break
  od;
  index = 0
}

/* bucketPromote: `from` is the word at dir[place]. */
inline promote(place, from, mark) {
  gather(from);
  d_step {
    RUNS;
    if
    :: KIND(at) == BUCKET -> LIVE_BUCKET(at); index = b_level[ID(at)]
    :: else -> index = ID(at)
    fi;
    if
    :: room == 0 -> made = EMPTY_OF(index)
    :: else ->
      CHECK(room <= PAIRS, out_of_blocks);
      allocate(10, 6, made);
      made = ((made - 9) << 3) | (gen[made] << 6) | BUCKET;
      b_level[ID(made)] = index
    fi;
    index = 0; at = 0
  };
  if :: room != 0 -> gather(from) :: else fi;
  d_step {
    RUNS; /* bucketReplace */
    room = 0;
    pair = 0; index = 0; count = 0;
    is_won = SAME(dir[place], from);
#ifdef MUTANT_PLAIN_PROMOTION
    is_won = true;
#endif
    if
    :: is_won ->
#ifndef MUTANT_PLAIN_PROMOTION
      CHECK(dir[place] == from, reused_word);
#endif
      dir[place] = made | (mark); at = from
    :: else ->
      if :: KIND(made) == BUCKET -> pair = BUCKET_BIT(made); give_back(pair); pair = 0 :: else fi;
      made = 0; at = 0
    fi
  };
  /* expungeDropped */
  do
  :: is_won && (IS_CHAIN(at) || (KIND(at) == BUCKET && index < PAIRS)) ->
    d_step { /* NEXT and the pairs do not change */
      if
      :: IS_CHAIN(at) -> LIVE_ENTRY(at); pair = at; at = e_next[ID(at)]
      :: else ->
        LIVE_BUCKET(at);
        pair = b_pair[ID(at) * PAIRS + index];
        if :: pair == 0 -> index = PAIRS :: else -> index++ fi
      fi;
      if
      :: KIND(made) == BUCKET && pair != 0 -> count = 0;
        do
        :: count < PAIRS && b_pair[ID(made) * PAIRS + count] != pair -> count++
        :: else -> break
        od;
        if :: count < PAIRS -> pair = 0 :: else fi;
        count = 0
      :: else
      fi
    };
    if
    :: pair != 0 -> /* expunge */
      d_step { RUNS; LIVE_ENTRY(pair); now = e_word[ID(pair)] };
      d_step {
        RUNS; /* entryAdvance */
        CHECK(STATE(now) == DELETED && e_word[ID(pair)] == now, illegal_step);
        e_word[ID(pair)] = (now & ~7) | EXPUNGED
      };
      retire((1 << ENTRY_BIT(pair)) | (1 << VALUE_BIT(now)));
      now = 0; pair = 0
    :: else
    fi
  :: else -> break
  od;
  if
  :: is_won && KIND(at) == BUCKET -> retire(1 << BUCKET_BIT(at)) /* bucketRetire */
  :: else
  fi;
  made = 0; at = 0; index = 0; is_won = false
}

/* bucketPart: the pairs of `from` that go to `half`, in a new bucket. Nothing here is shared but
 * the arena: `from` does not change. */
inline part(from, half, result) {
  result = 0; index = 0; count = 0;
  if
  :: KIND(from) == BUCKET -> LIVE_BUCKET(from);
    do
    :: index < PAIRS && b_pair[ID(from) * PAIRS + index] != 0 ->
      pair = b_pair[ID(from) * PAIRS + index];
      LIVE_ENTRY(pair);
      if
      :: (e_key[ID(pair)] & 1) == half ->
        if
        :: result == 0 ->
          allocate(10, 6, result);
          result = ((result - 9) << 3) | (gen[result] << 6) | BUCKET
        :: else
        fi;
        b_pair[ID(result) * PAIRS + count] = pair;
        count++
      :: else
      fi;
      index++
    :: else -> break
    od
  :: else
  fi;
  if :: result == 0 -> result = EMPTY_OF(LEVEL(2)) :: else -> b_level[ID(result)] = LEVEL(2) fi;
  pair = 0; index = 0; count = 0
}

inline discard_bucket(made_word) {
  if
  :: KIND(made_word) == BUCKET -> index = BUCKET_BIT(made_word); give_back(index); index = 0
  :: else
  fi;
  made_word = 0
}

/* setChild: two accesses, of the arena and of the directory. */
inline set_child(frozen) {
  d_step { RUNS; part(frozen, 1, moves) };
  d_step {
    RUNS;
    if :: dir[1] == UNSET -> dir[1] = moves; moves = 0 :: else -> discard_bucket(moves) fi
  }
}

/* split (growth.ts) of bucket 0 for two buckets; there is no further doubling here. */
inline split() {
  is_split = false;
  do
  :: !is_split ->
    count_try();
    d_step { RUNS; parent = dir[0] };
    d_step { RUNS; child = dir[1] };
    if
    :: !(parent & FROZEN) && child != UNSET -> is_split = true
    :: !(parent & FROZEN) && child == UNSET ->
      if
      :: IS_CHAIN(parent) -> promote(0, parent, FROZEN)
      :: else -> d_step {
          RUNS;
#ifdef MUTANT_NO_FREEZE
          skip
#else
          if
          :: SAME(dir[0], parent) ->
            CHECK(dir[0] == parent, reused_word);
            dir[0] = parent | FROZEN
          :: else
          fi
#endif
        };
#ifdef MUTANT_NO_FREEZE
        split_frozen()
#endif
      fi
    :: else -> split_frozen()
    fi
  :: else -> break
  od;
  parent = 0; child = 0; is_split = false
}

inline split_frozen() {
#ifndef MUTANT_CHILD_LAST
  if :: child == UNSET -> set_child(parent) :: else fi;
#endif
  d_step { RUNS; part(parent, 0, stays) };
  d_step {
    RUNS;
    if
    :: SAME(dir[0], parent) ->
      CHECK(dir[0] == parent, reused_word);
      dir[0] = stays; stays = 0; is_split = true
    :: else -> discard_bucket(stays);
#ifdef SEEK_HELP
      assert(!irq_on);
      skip
#endif
    fi
  };
#ifdef MUTANT_CHILD_LAST
  if :: is_split && child == UNSET -> set_child(parent) :: else fi;
#endif
  if
  :: is_split && KIND(parent) == BUCKET -> retire(1 << BUCKET_BIT(parent))
  :: else
  fi
}

/* migrateStep, with MIGRATE_CHUNK 1 */
inline migrate_step() {
#ifdef GROWS
  d_step { RUNS; seen_buckets = buckets };
  d_step { RUNS; holds = (migrate_done < seen_buckets) };
  if
  :: holds -> split(); d_step { RUNS; migrate_done = 2 } /* from 1; once more changes nothing */
  :: else
  fi;
  holds = false
#else
  skip
#endif
}

/* bucketTidy; whether the bucket is stale is left open, which allows more than bucketIsStale. */
inline tidy(place) {
  d_step { RUNS; word = dir[place] };
  if
  :: word != UNSET && !(word & FROZEN) -> promote(place, word, 0)
  :: true -> skip
  fi
}
