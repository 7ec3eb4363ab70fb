/* Words, blocks and memory of the model, and what is checked at each access. */
#ifndef CHAIN_MAX
#define CHAIN_MAX 2
#endif
#define TRIES_MAX 10 /* each try but the first is owed to a step that another agent completed */

#define KIND(word) ((word) & 3)
#define UNSET 0
#define EMPTY 1
#define BUCKET 2
#define ENTRY 3
#define FROZEN 4
#define ID(word) (((word) >> 3) & 7)
#define GEN(word) ((word) >> 6)
#define EMPTY_OF(level) (EMPTY | ((level) << 3)) /* emptyWord, bucket.ts */
#define SAME(a, b) (((a) & 63) == ((b) & 63))
#define IS_CHAIN(word) (KIND(word) == ENTRY)

#define STATE(word) ((word) & 7)
#define READY 2
#define DELETED 3
#define EXPUNGED 4

/* Bits of blocks: four entries, six values, six read buckets. */
#define ENTRY_BIT(word) (ID(word) - 1)
#define VALUE_BIT(word) (ID(word) + 3)
#define BUCKET_BIT(word) (ID(word) + 9)
#define PAIRS 4

#define LOAD 1
#define STORE 2
#define DELETE 3
#define RECLAIM 4
#define DOUBLE 5 /* growIfFull after an insertion elsewhere: other buckets count too */
#define NO_KEY 2
#define AGAIN 9

#define RUNS (!(irq_on && self == 1))

/* What must never be; named so that a violated assertion says which. */
hidden byte torn_value, freed_read, wrong_answer, key_twice, retired_twice, illegal_step;
hidden byte reused_word, endless, out_of_blocks, lost_block, lost_key;
hidden byte limbo_full, bucket_overrun;
#define CHECK(condition, flaw) \
  flaw = !(condition);         \
  assert(!flaw)

bool irq_on;
byte script[6];

/* The map. */
byte dir[2]; /* directory */
byte buckets = 1, migrate_done = 1;
byte e_key[5], e_word[5], e_next[5];
byte v_low[7], v_high[7];
byte b_pair[28], b_level[7]; /* pairs name entries by their words; 0: none */
int taken;                   /* arena: bits of the blocks in use */
byte gen[16];                /* ghost */

/* Pins and limbo (pin.ts). */
byte epoch = 1, pin[3];
int limbo[9], freeable[3];
byte limbo_epoch[9];
bool has_retired[3];
int retired; /* ghost */

/* Ghosts of the contract: the value each key has, and all that it had during a call. */
byte present[2], call_key[3], call_saw[3];

/* Lowest free block of `count` from number `first`: arenaAllocate. */
inline allocate(first, count, block) {
  block = first;
  do
  :: block < first + count && (taken & (1 << block)) -> block++
  :: else -> break
  od;
  CHECK(block < first + count, out_of_blocks);
  taken = taken | (1 << block)
}

/* arenaFree of one block; what was in it is gone. */
inline give_back(block) {
  taken = taken & ~(1 << block);
  gen[block] = (gen[block] + 1) & 3;
  if
  :: block < 4 -> e_key[block + 1] = 0; e_word[block + 1] = 0; e_next[block + 1] = 0
  :: block >= 4 && block < 10 -> v_low[block - 3] = 0; v_high[block - 3] = 0
  :: else -> b_level[block - 9] = 0; b_pair[(block - 9) * PAIRS] = 0;
    b_pair[(block - 9) * PAIRS + 1] = 0; b_pair[(block - 9) * PAIRS + 2] = 0;
    b_pair[(block - 9) * PAIRS + 3] = 0
  fi
}

#define IS_LIVE(block, word) (((taken >> (block)) & 1) && gen[block] == GEN(word))
#define LIVE_ENTRY(word) CHECK(IS_LIVE(ENTRY_BIT(word), word), freed_read)
#define LIVE_VALUE(word) CHECK(IS_LIVE(VALUE_BIT(word), word), freed_read)
#define LIVE_BUCKET(word) CHECK(IS_LIVE(BUCKET_BIT(word), word), freed_read)

#ifdef MUTANT_ENTRY_REUSED
#define LOOK_AT(named)                                                        \
  if                                                                          \
  :: e_key[ID(named)] == key && STATE(e_word[ID(named)]) == READY -> found = named  \
  :: e_key[ID(named)] == key && STATE(e_word[ID(named)]) == DELETED -> dead = named \
  :: else                                                                     \
  fi
#else
#define LOOK_AT(named)                                                             \
  if                                                                               \
  :: e_key[ID(named)] == key && STATE(e_word[ID(named)]) == READY -> found = named \
  :: else                                                                          \
  fi
#endif

#ifdef MUTANT_SHORT_GRACE
#define IS_OVER(list, now) ((now) - limbo_epoch[list] >= 1)
#else
#define IS_OVER(list, now) ((now) - limbo_epoch[list] >= 2) /* isOver; epochs step by 1 here */
#endif

#ifdef MUTANT_EMPTY_WITHOUT_LEVEL
#define LEVEL(level) 1
#else
#define LEVEL(level) level
#endif

/* The key's value has changed: all calls on it may answer with that. */
inline became(token) {
  present[key] = token;
  if :: call_key[0] == key -> call_saw[0] = call_saw[0] | (1 << token) :: else fi;
  if :: call_key[1] == key -> call_saw[1] = call_saw[1] | (1 << token) :: else fi;
  if :: call_key[2] == key -> call_saw[2] = call_saw[2] | (1 << token) :: else fi
}

inline count_try() {
  tries++;
  CHECK(tries <= TRIES_MAX, endless)
}
