// Generated from spec/*.md by scripts/generate.ts; do not edit.

// spec/entry-map.md
/** u32, 0x314d454c ("LEM1"); stored last */
export const MAP_HEAD_MAGIC = 0;
/** u32, bytes from the head to the end of all */
export const MAP_HEAD_SIZE = 4;
/** u32, agents of the map */
export const MAP_HEAD_AGENT_COUNT = 8;
/** u32, offset of agent 0's scratch area */
export const MAP_HEAD_SCRATCH = 12;
/** u32, offset of the map */
export const MAP_HEAD_MAP = 16;
/** u32, offset of the pages; 0: no write-back */
export const MAP_HEAD_PAGES = 20;
/** u32, offset of the batch buffer; 0: none */
export const MAP_HEAD_BUFFER = 24;
/** u32, bytes of it */
export const MAP_HEAD_BUFFER_SIZE = 28;
/** u32, thread that writes the pages, its number + 1; 0: none */
export const MAP_HEAD_KEEPER = 32;
/** u32 each, thread that uses the agent, its number + 1; 0: free */
export const MAP_HEAD_OWNERS = 64;

// spec/entry-map.md
/** bytes of the key of the operation at hand */
export const MAP_SCRATCH_KEY = 0;
/** its new value */
export const MAP_SCRATCH_VALUE = 4096;
/** the value it compares with, then the one it answers with */
export const MAP_SCRATCH_OLD = 8192;
/** cursors of walks in each other */
export const MAP_SCRATCH_CURSORS = 12288;

// spec/entry-map.md
/** "LEM1" in memory order */
export const MAP_HEAD_VALUE_MAGIC = 0x314d454c;
/** bytes of the head */
export const MAP_HEAD_VALUE_SIZE = 320;
/** bytes of a scratch area */
export const MAP_HEAD_VALUE_SCRATCH_SIZE = 14336;
/** bytes of a cursor's place, MAP_VALUE_CURSOR_SIZE or more */
export const MAP_HEAD_VALUE_CURSOR_SIZE = 128;
/** walks in each other */
export const MAP_HEAD_VALUE_CURSORS = 16;
/** bit 31 of an OWNERS word: being taken over */
export const MAP_HEAD_VALUE_RECOVERING = 0x80000000;

// spec/features.md
/** u32, root mean square about the window's mean, 1/256 count */
export const FEATURE_RMS_Q8 = 0;
/** u32, largest deviation from the mean, 1/256 count */
export const FEATURE_PEAK_Q8 = 4;
/** u32, peak / RMS, Q16.16; 0 for silence */
export const FEATURE_CREST_Q16 = 8;
/** u32, fourth moment / variance squared, Q16.16 (a Gaussian gives 3.0); 0 for silence */
export const FEATURE_KURTOSIS_Q16 = 12;
/** i32, mean, 1/256 count */
export const FEATURE_MEAN_Q8 = 16;
/** u32, RMS of the spectrum from 10 Hz to 1/8 of half the sample rate, 1/256 count */
export const FEATURE_BAND0_RMS_Q8 = 20;
/** u32, ... 1/8 to 1/4 of half the sample rate */
export const FEATURE_BAND1_RMS_Q8 = 24;
/** u32, ... 1/4 to 1/2 */
export const FEATURE_BAND2_RMS_Q8 = 28;
/** u32, ... 1/2 to 1 */
export const FEATURE_BAND3_RMS_Q8 = 32;
/** u32, strongest line of the envelope spectrum from 1.5 x shaft speed to 500 Hz (12 x shaft speed if that is more), interpolated */
export const FEATURE_ENVELOPE_PEAK_MILLI_HZ = 36;
/** u32, that line / lower median of the same range, Q16.16, saturating; 0 if the median is 0 */
export const FEATURE_ENVELOPE_PEAK_SNR_Q16 = 40;
/** u32, outer-race defect frequency from geometry and shaft speed */
export const FEATURE_BPFO_MILLI_HZ = 44;
/** u32, inner race */
export const FEATURE_BPFI_MILLI_HZ = 48;
/** u32, ball spin frequency x 2 (a ball defect strikes both races each turn) */
export const FEATURE_BSF_MILLI_HZ = 52;
/** u32, cage */
export const FEATURE_FTF_MILLI_HZ = 56;
/** u32, strongest line within 2 % of BPFO (the nearest line at least) / that median, Q16.16; 0 if no line lies there */
export const FEATURE_BPFO_SNR_Q16 = 60;
/** u32, same for BPFI */
export const FEATURE_BPFI_SNR_Q16 = 64;
/** u32, same for 2 x BSF */
export const FEATURE_BSF_SNR_Q16 = 68;
/** u32, same for FTF */
export const FEATURE_FTF_SNR_Q16 = 72;
/** u32, counts from 0 */
export const FEATURE_WINDOW_INDEX = 76;
/** u32, samples at the ADC's rail (magnitude 32767 or more) in this window */
export const FEATURE_CLIPPED = 80;
/** u32, envelope samples gathered, up to ENVELOPE_SIZE; below it ENVELOPE_PEAK, all SNR and the envelope picture are 0 */
export const FEATURE_ENVELOPE_FILL = 84;

// spec/features.md
/** bytes of the record */
export const FEATURE_VALUE_SIZE = 88;
/** words of the record */
export const FEATURE_VALUE_COUNT = 22;

// spec/features.md
/** i16 samples, the first quarter of the window, raw counts */
export const PICTURE_WAVEFORM_COUNT = 512;
/** u16 lines; line i is the larger magnitude of bins 2i and 2i+1 of the 2048-point Hann spectrum, as an amplitude in 1/16 count, saturating */
export const PICTURE_SPECTRUM_COUNT = 512;
/** u16 lines; line i is bin i of the envelope spectrum, amplitude in 1/16 count, saturating */
export const PICTURE_ENVELOPE_COUNT = 640;

// spec/frame.md
/** MAC address */
export const ETHERNET_DESTINATION = 0;
/** MAC address */
export const ETHERNET_SOURCE = 6;
/** 0x8100, big-endian */
export const ETHERNET_TPID = 12;
/** priority and VLAN, big-endian */
export const ETHERNET_TCI = 14;
/** 0xb62c, big-endian */
export const ETHERNET_TYPE = 16;
/** NetworkMessage */
export const ETHERNET_PAYLOAD = 18;

// spec/frame.md
/** 802.1Q */
export const ETHERNET_VALUE_TPID = 33024;
/** OPC UA UADP (OPC 10000-14, 7.3.3) */
export const ETHERNET_VALUE_TYPE = 46636;
/** bytes with the tag */
export const ETHERNET_VALUE_HEADER_SIZE = 18;
/** bytes without FCS; shorter ones are padded with zeros (IEEE 802.3) */
export const ETHERNET_VALUE_FRAME_SIZE_MIN = 60;
/** priority of process data */
export const ETHERNET_VALUE_PCP = 5;
/** VLAN identifier */
export const ETHERNET_VALUE_VLAN = 5;
/** first two bytes of the destination */
export const ETHERNET_VALUE_DESTINATION_HIGH = 256;
/** last four bytes of the destination */
export const ETHERNET_VALUE_DESTINATION_LOW = 0x5e7f0001;
/** first three bytes of the source, locally administered ("LW") */
export const ETHERNET_VALUE_SOURCE_PREFIX = 0x24c57;
/** bytes of the header once a switch or a network card has taken the tag */
export const ETHERNET_VALUE_UNTAGGED_SIZE = 14;

// spec/frame.md
/** field 0: Int16[PICTURE_WAVEFORM_COUNT]; field 1: UInt32 window index */
export const WRITER_WAVEFORM = 2;
/** field 0: UInt16[PICTURE_SPECTRUM_COUNT]; field 1: UInt32 window index */
export const WRITER_SPECTRUM = 3;
/** field 0: UInt16[PICTURE_ENVELOPE_COUNT]; field 1: UInt32 window index */
export const WRITER_ENVELOPE = 4;
/** field 0: UInt32[FEATURE_VALUE_COUNT], the feature record; field 1: UInt32[5]: sample rate, nano-g per count, shaft mHz, envelope decimation, node flags; field 2: UInt32[4]: frames sent before this window, samples lost to overrun, frames the device refused, illegal entry steps; field 3: Byte[16] source name */
export const WRITER_FEATURES = 1;

// spec/frame.md
/** UADP version */
export const UADP_VALUE_VERSION = 1;
/** VersionTime of the WriterGroup's layout */
export const UADP_VALUE_GROUP_VERSION = 1;

// spec/gateway.md
/** u32, odd while the totals are being changed */
export const GATEWAY_VERSION = 0;
/** u32, nodes seen; they are numbered as they came */
export const GATEWAY_NODE_COUNT = 4;
/** u32, offset of GATEWAY_NODE records, LIMIT_GATEWAY_NODES_MAX of them */
export const GATEWAY_NODES = 8;
/** u32, offset of the hash table from PublisherId to node number + 1 */
export const GATEWAY_NODE_INDEX = 12;
/** u32, offset of the frame ring */
export const GATEWAY_RING = 16;
/** u32, offset of the feature log */
export const GATEWAY_LOG = 20;
/** u64, NetworkMessages accepted */
export const GATEWAY_ACCEPTED = 24;
/** u64 */
export const GATEWAY_DUPLICATES = 32;
/** u64, of all frames that left the ring */
export const GATEWAY_BYTES = 40;
/** u64 each, frames refused, by the negated status */
export const GATEWAY_REFUSED = 48;

// spec/gateway.md
/** u32, frames put in; the consumer waits on this word */
export const FRAME_RING_HEAD = 0;
/** u32, frames dropped because the ring was full */
export const FRAME_RING_DROPPED = 4;
/** u32, 1: the consumer ends when the ring is empty */
export const FRAME_RING_STOP = 8;
/** u32, frames taken out */
export const FRAME_RING_TAIL = 64;
/** the frames */
export const FRAME_RING_FRAMES = 128;

// spec/gateway.md
/** u32, bytes of the frame */
export const RING_FRAME_SIZE = 0;
/** u32, when it arrived, milliseconds since the gateway started */
export const RING_FRAME_TIME_MS = 4;
/** the frame */
export const RING_FRAME_BYTES = 8;

// spec/gateway.md
/** u32 */
export const GATEWAY_NODE_PUBLISHER_ID = 0;
/** u32, NetworkMessages accepted */
export const GATEWAY_NODE_FRAMES = 4;
/** u32, sequence numbers never seen */
export const GATEWAY_NODE_LOST = 8;
/** u32 */
export const GATEWAY_NODE_DUPLICATES = 12;
/** u32, accepted behind a higher sequence number */
export const GATEWAY_NODE_REORDERED = 16;
/** u32, runs begun again */
export const GATEWAY_NODE_RESTARTS = 20;
/** u32, FEATURES messages accepted */
export const GATEWAY_NODE_WINDOWS = 24;
/** u32, frames the node says it has sent in this run, this one included */
export const GATEWAY_NODE_SENT_BY_NODE = 28;
/** u32, NODE_FLAG */
export const GATEWAY_NODE_FLAGS = 32;
/** u32, arrival of the last accepted frame, milliseconds since the gateway started */
export const GATEWAY_NODE_LAST_MS = 36;
/** u32, offset of its map */
export const GATEWAY_NODE_MAP = 40;
/** u32, offset of its snapshot region */
export const GATEWAY_NODE_REGION = 44;
/** u32, fields refused for want of room */
export const GATEWAY_NODE_NOT_STORED = 48;
/** what feeds its ADC, zero-filled */
export const GATEWAY_NODE_SOURCE_NAME = 56;
/** u32, sequence numbers from the run's first to the highest, at most 1,024; 0: none yet */
export const GATEWAY_NODE_SPAN = 72;
/** u32, highest sequence number of the run, modulo 65,536 */
export const GATEWAY_NODE_HIGHEST = 76;
/** i64, timestamp of the message that brought it */
export const GATEWAY_NODE_TIME = 80;
/** bit n: the newest sequence number equal to n modulo 1,024 was seen */
export const GATEWAY_NODE_SEEN = 96;

// spec/gateway.md
/** bytes of the state */
export const GATEWAY_VALUE_STATE_SIZE = 304;
/** bytes of a node */
export const GATEWAY_VALUE_NODE_SIZE = 256;
/** words of the index, a power of two, twice the nodes */
export const GATEWAY_VALUE_NODE_INDEX_COUNT = 1024;
/** agents of a node's map: the decode worker and one more */
export const GATEWAY_VALUE_NODE_AGENTS = 2;
/** the decode worker */
export const GATEWAY_VALUE_DECODE_AGENT = 0;
/** bytes of a node's arena */
export const GATEWAY_VALUE_NODE_ARENA_SIZE = 16384;
/** bytes of a snapshot slot */
export const GATEWAY_VALUE_NODE_SNAPSHOT_SIZE = 8192;
/** a node that has been silent for longer is gone */
export const GATEWAY_VALUE_NODE_SILENT_MS = 2000;
/** sequence numbers within which a late frame is told from a duplicate */
export const GATEWAY_VALUE_SEQUENCE_WINDOW = 1024;
/** frames the ring holds, a power of two */
export const GATEWAY_VALUE_RING_COUNT = 4096;
/** bytes of a place in the ring */
export const GATEWAY_VALUE_RING_FRAME_SIZE = 1536;
/** entries of the feature log, a power of two */
export const GATEWAY_VALUE_LOG_COUNT = 8192;
/** bytes of an entry of the log */
export const GATEWAY_VALUE_LOG_ENTRY_SIZE = 104;
/** counters in REFUSED */
export const GATEWAY_VALUE_REFUSED_COUNT = 32;

// spec/gateway.md
/** i64, TIME of the snapshot */
export const GATEWAY_KEPT_TIME = 0;
/** u32, SCHEMA of the snapshot */
export const GATEWAY_KEPT_SCHEMA = 8;
/** u32, NODE_FLAG */
export const GATEWAY_KEPT_FLAGS = 12;
/** f64, when it was kept, milliseconds since 1970 */
export const GATEWAY_KEPT_AT_MS = 16;
/** what fed the node's ADC, zero-filled */
export const GATEWAY_KEPT_SOURCE_NAME = 24;

// spec/gateway.md
/** bytes of the record */
export const GATEWAY_KEPT_VALUE_SIZE = 40;
/** low half of its key */
export const GATEWAY_KEPT_VALUE_KEY_LOW = 0xffffffff;
/** pages of the map: as many as one batch holds */
export const GATEWAY_KEPT_VALUE_PAGES = 16;
/** bytes of its arena */
export const GATEWAY_KEPT_VALUE_ARENA_SIZE = 0xc00000;

// spec/gateway.md
/** u32, entries put in */
export const FEATURE_LOG_HEAD = 0;
/** u32 */
export const FEATURE_LOG_DROPPED = 4;
/** u32, entries taken out */
export const FEATURE_LOG_TAIL = 64;
/** the entries */
export const FEATURE_LOG_ENTRIES = 128;

// spec/gateway.md
/** u32 */
export const FEATURE_LOG_ENTRY_PUBLISHER_ID = 0;
/** zero */
export const FEATURE_LOG_ENTRY_RESERVED = 4;
/** i64, OPC UA DateTime of the window */
export const FEATURE_LOG_ENTRY_TIME = 8;
/** the feature record */
export const FEATURE_LOG_ENTRY_FEATURES = 16;

// spec/limits.md
/** bytes; all regions, values and snapshots start on a multiple */
export const LIMIT_ALIGNMENT = 8;
/** bytes; words that different agents write stand this far apart */
export const LIMIT_CACHE_LINE_SIZE = 64;
/** bytes of an entry's value */
export const LIMIT_VALUE_SIZE_MIN = 8;
/** bytes of an entry's value */
export const LIMIT_VALUE_SIZE_MAX = 4096;
/** bytes; a length above is refused before it is believed */
export const LIMIT_SNAPSHOT_SIZE_MAX = 0x1000000;
/** bytes of an Ethernet frame with one 802.1Q tag, without FCS */
export const LIMIT_FRAME_SIZE_MAX = 1518;
/** bytes of a UADP NetworkMessage in one frame */
export const LIMIT_NETWORK_MESSAGE_SIZE_MAX = 1500;
/** DataSetMessages in one NetworkMessage */
export const LIMIT_DATA_SET_MESSAGES_MAX = 16;
/** fields in one DataSetMessage */
export const LIMIT_FIELDS_MAX = 64;
/** samples of one window */
export const LIMIT_WINDOW_SIZE = 2048;
/** decimated envelope samples under one envelope spectrum */
export const LIMIT_ENVELOPE_SIZE = 2048;
/** samples a board hands over in one interrupt (half of its DMA buffer) */
export const LIMIT_ADC_BLOCK_SIZE = 128;
/** samples between interrupt and main loop; a power of two */
export const LIMIT_SAMPLE_RING_SIZE = 8192;
/** agents of one map */
export const LIMIT_MAP_AGENTS_MAX = 64;
/** keys of one map */
export const LIMIT_MAP_CAPACITY_MAX = 0x400000;
/** bytes of one map's arena */
export const LIMIT_MAP_ARENA_SIZE_MAX = 0x40000000;
/** bytes of a byte-string key */
export const LIMIT_KEY_SIZE_MAX = 4096;
/** agents that may hold a snapshot at the same time */
export const LIMIT_READERS_MAX = 4;
/** READERS_MAX + 2: one published, one being written, one per reader */
export const LIMIT_SNAPSHOT_SLOTS = 6;
/** entries of a node */
export const LIMIT_NODE_ENTRIES_MAX = 64;
/** nodes of one gateway */
export const LIMIT_GATEWAY_NODES_MAX = 512;

// spec/map.md
/** u32, 0x3250414d ("MAP2") */
export const MAP_MAGIC = 0;
/** u32, bytes of the region */
export const MAP_SIZE = 4;
/** u32, keys that the directory is sized for */
export const MAP_CAPACITY = 8;
/** u32, agent records */
export const MAP_AGENT_COUNT = 12;
/** u32, offset of the directory */
export const MAP_DIRECTORY = 16;
/** u32, words of the directory, a power of two */
export const MAP_BUCKETS_MAX = 20;
/** u32, offset of the bitmap */
export const MAP_BITMAP = 24;
/** u32, words of the bitmap */
export const MAP_BITMAP_WORDS = 28;
/** u32, offset of the first granule, a multiple of 16 */
export const MAP_ARENA = 32;
/** u32, all ones; tests of bad hashes cut hashes to these bits */
export const MAP_HASH_MASK = 36;
/** u32, buckets split by each changing operation while the map grows */
export const MAP_MIGRATE_CHUNK = 40;
/** u32, dirty entries at which a bucket is promoted at once */
export const MAP_CHAIN_MAX = 44;
/** u32, buckets in use; doubles, never shrinks */
export const MAP_BUCKETS = 48;
/** u32, versions stamped with this clock or an earlier one are cleared */
export const MAP_FLOOR = 52;
/** u32, offset of the table of pages (spec/page.md); 0: no write-back */
export const MAP_PAGES = 56;
/** u32, offset of the bitmap's summary: a bit per word, 1 if four free bits in a row may be in it */
export const MAP_SUMMARY = 60;
/** u32, clock << 1, bit 0: a clear is under way */
export const MAP_CLOCK = 64;
/** u32, cuts that are held */
export const MAP_CUTS = 68;
/** u32, odd, grows by 2 */
export const MAP_EPOCH = 128;
/** i32, keys, without the agents' LENGTH_DELTA */
export const MAP_LENGTH = 192;
/** u32, buckets below this index are initialised */
export const MAP_MIGRATE_DONE = 256;
/** agent records, then the directory */
export const MAP_AGENTS = 320;

// spec/map.md
/** u32, epoch in which it was pinned; 0: not pinned */
export const MAP_AGENT_PIN = 0;
/** u32, clock of the cut it holds; 0: none */
export const MAP_AGENT_CUT = 4;
/** u32, FLOOR of that cut */
export const MAP_AGENT_CUT_FLOOR = 8;
/** u32, pins in each other */
export const MAP_AGENT_DEPTH = 64;
/** u32, 1 while it is inside an operation */
export const MAP_AGENT_BUSY = 68;
/** claim that values are taken from */
export const MAP_AGENT_CLAIM_VALUES = 72;
/** claim that entries, keys and buckets are taken from, so that they lie close together */
export const MAP_AGENT_CLAIM_INDEX = 84;
/** u32, bitmap word at which it goes on looking for room for large blocks */
export const MAP_AGENT_RUN_CURSOR = 96;
/** i32, bytes it has taken less the bytes it has given back */
export const MAP_AGENT_ARENA_USED = 100;
/** i32, keys it has added, not yet in LENGTH */
export const MAP_AGENT_LENGTH_DELTA = 104;
/** u32, loads that had to look into a dirty part since its last promotion */
export const MAP_AGENT_MISSES = 108;
/** u32, blocks it has retired since it last tried to advance the epoch */
export const MAP_AGENT_RETIRES = 112;
/** u32, bytes it has retired and not yet given back */
export const MAP_AGENT_UNRECLAIMED = 116;
/** u32, loads that found their key */
export const MAP_AGENT_HITS = 120;
/** u32, loads that did not, or found it in a dirty part */
export const MAP_AGENT_MISS_TOTAL = 124;
/** u32, buckets it has promoted */
export const MAP_AGENT_PROMOTIONS = 128;
/** u32, buckets it has split */
export const MAP_AGENT_MIGRATIONS = 132;
/** u32, refused steps of entry words */
export const MAP_AGENT_ILLEGAL_STEPS = 136;
/** u32, operations refused for want of room */
export const MAP_AGENT_REFUSED_FULL = 140;
/** u32, operations refused because the agent was inside another one */
export const MAP_AGENT_REFUSED_BUSY = 144;
/** u32, epochs it has begun */
export const MAP_AGENT_EPOCHS = 148;
/** three lists {first, last, epoch}: retired, not yet free */
export const MAP_AGENT_LIMBO = 152;
/** {first, last}: past their grace period */
export const MAP_AGENT_FREEABLE = 188;
/** u32, dirty entries that its last search passed */
export const MAP_AGENT_WALKED = 196;
/** u32, PROMOTIONS + MIGRATIONS when its present operation began */
export const MAP_AGENT_REPLACED = 200;

// spec/map.md
/** u32, offset of the bitmap word whose free bits the agent has claimed; 0: none */
export const MAP_CLAIM_WORD = 0;
/** u32, those of them that it has not used yet */
export const MAP_CLAIM_BITS = 4;
/** u32, bitmap word at which it goes on looking for room */
export const MAP_CLAIM_CURSOR = 8;

// spec/map.md
/** u32, link to the block that was retired first; 0: none */
export const MAP_LIMBO_FIRST = 0;
/** u32, link to the block that was retired last */
export const MAP_LIMBO_LAST = 4;
/** u32, epoch in which they were retired */
export const MAP_LIMBO_EPOCH = 8;

// spec/map.md
/** a value */
export const MAP_LINK_VALUE = 0;
/** the last value of an entry that goes with it; PREVIOUS is the entry */
export const MAP_LINK_ENTRY = 1;
/** the same, and the entry has a key block */
export const MAP_LINK_BYTES_ENTRY = 2;
/** a read bucket */
export const MAP_LINK_BUCKET = 3;
/** the low bits */
export const MAP_LINK_MASK = 15;
/** no further block; also with offset 0 */
export const MAP_LINK_END = 15;

// spec/map.md
/** not yet split off; its entries are in the bucket with half the index range */
export const MAP_WORD_UNSET = 0;
/** the offset is that of a dirty entry, whose NEXT leads on */
export const MAP_WORD_AMENDED = 1;
/** being split; nothing is added until it is done */
export const MAP_WORD_FROZEN = 2;
/** no bucket; the upper bits are the logarithm of the number of buckets it is one of */
export const MAP_WORD_EMPTY = 4;
/** the dirty entry's key is a byte string */
export const MAP_WORD_BYTES = 8;
/** the low bits */
export const MAP_WORD_BITS = 15;

// spec/map.md
/** memory just taken */
export const ENTRY_STATE_EMPTY = 0;
/** a writer fills key and value; never published */
export const ENTRY_STATE_WRITING = 1;
/** key and value are whole and immutable */
export const ENTRY_STATE_READY = 2;
/** the key is gone; cuts taken before still see the value */
export const ENTRY_STATE_DELETED = 3;
/** in no bucket any more; waits for its grace period */
export const ENTRY_STATE_EXPUNGED = 4;
/** the bits of the word that are the state */
export const ENTRY_STATE_MASK = 7;

// spec/map.md
/** u64 key; of a byte string: u32 offset of the key block, u32 hash */
export const MAP_ENTRY_KEY = 0;
/** the entry word */
export const MAP_ENTRY_WORD = 8;
/** directory word that was there before it; written once */
export const MAP_ENTRY_NEXT = 12;

// spec/map.md
/** u32, bytes of the key, 0 to 4,096 */
export const MAP_KEY_BLOCK_SIZE = 0;
/** the key */
export const MAP_KEY_BLOCK_BYTES = 4;

// spec/map.md
/** u32, bytes of the value */
export const MAP_BLOCK_SIZE = 0;
/** u32, clock since which it counts; 0: not yet stamped */
export const MAP_BLOCK_STAMP = 4;
/** u32, offset of the value it replaced; 0: none */
export const MAP_BLOCK_PREVIOUS = 8;
/** u32, clock since which it is deleted; 0: not yet stamped; or a link */
export const MAP_BLOCK_END = 12;
/** the value */
export const MAP_BLOCK_VALUE = 16;

// spec/map.md
/** u16, pairs */
export const MAP_BUCKET_COUNT = 0;
/** u16, pairs there is room for, COUNT or more */
export const MAP_BUCKET_CAPACITY = 2;
/** u32, it is one of so many buckets; the next link once it is retired */
export const MAP_BUCKET_LINK = 4;
/** CAPACITY tags, u32 each: hash of the key; then CAPACITY entries, u32 each: offset of the entry, bit 3 (MAP_WORD_BYTES): its key is a byte string */
export const MAP_BUCKET_TAGS = 8;

// spec/map.md
/** u32, next group of hashes, bits reversed */
export const MAP_CURSOR_POSITION = 0;
/** u32, what the walk has still to look at in this group, a directory word; 0: next group */
export const MAP_CURSOR_WORD = 4;
/** u32, pairs of the read bucket already looked at */
export const MAP_CURSOR_INDEX = 8;
/** u32, hash bits of the group */
export const MAP_CURSOR_HOME = 12;
/** u32, which bits of a hash must equal HOME */
export const MAP_CURSOR_HOME_MASK = 16;
/** u32, bytes of the key; 0xffffffff: a 64-bit integer */
export const MAP_CURSOR_KEY_SIZE = 20;
/** u64 key; of a byte string: u32 offset of its bytes, u32 hash */
export const MAP_CURSOR_KEY = 24;
/** u32, offset of the value */
export const MAP_CURSOR_VALUE = 32;
/** u32, agent whose cut is walked; 0xffffffff: the map as it is */
export const MAP_CURSOR_TAKER = 36;
/** u32, 1 behind the last group */
export const MAP_CURSOR_DONE = 40;
/** u32, position behind the last group; 0: the end of all hashes */
export const MAP_CURSOR_LIMIT = 44;
/** u32, of hashes to visit, their low bits */
export const MAP_CURSOR_PAGE = 48;
/** u32, which bits of a hash must equal PAGE; 0: none */
export const MAP_CURSOR_PAGE_MASK = 52;
/** u32, bytes of FOUND that have been shown */
export const MAP_CURSOR_NEXT = 56;
/** u32, bytes of FOUND that hold something */
export const MAP_CURSOR_FILLED = 60;
/** up to 8 {entry, value}: what the walk looked up ahead */
export const MAP_CURSOR_FOUND = 64;

// spec/map.md
/** "MAP2" in memory order */
export const MAP_VALUE_MAGIC = 0x3250414d;
/** bytes */
export const MAP_VALUE_GRANULE_SIZE = 16;
/** bytes; of the map's region */
export const MAP_VALUE_ALIGNMENT = 64;
/** bytes of an agent record */
export const MAP_VALUE_AGENT_SIZE = 256;
/** bytes of an entry */
export const MAP_VALUE_ENTRY_SIZE = 16;
/** bytes before a value */
export const MAP_VALUE_BLOCK_HEADER_SIZE = 16;
/** bytes behind the arena that are read, not used */
export const MAP_VALUE_SLACK_SIZE = 64;
/** bytes of a cursor */
export const MAP_VALUE_CURSOR_SIZE = 128;
/** bytes of a list */
export const MAP_VALUE_LIMBO_SIZE = 12;
/** buckets of a new map */
export const MAP_VALUE_BUCKETS_MIN = 8;
/** buckets split by a changing operation */
export const MAP_VALUE_MIGRATE_CHUNK = 1;
/** dirty entries of a bucket */
export const MAP_VALUE_CHAIN_MAX = 8;
/** blocks given back by a changing operation */
export const MAP_VALUE_RECLAIM_CHUNK = 8;
/** blocks retired before the epoch is advanced */
export const MAP_VALUE_RETIRE_BATCH = 32;
/** keys counted by an agent alone */
export const MAP_VALUE_LENGTH_BATCH = 16;
/** cuts and clears end here; never reached in 68 years at one a second */
export const MAP_VALUE_CLOCK_LAST = 0x7fffffff;

// spec/memory.md
/** u32, size of the record: 88 */
export const NODE_CONFIG_SIZE = 0;
/** u32, 1 */
export const NODE_CONFIG_VERSION = 4;
/** u32, UADP PublisherId */
export const NODE_CONFIG_PUBLISHER_ID = 8;
/** u32, UADP WriterGroupId, 1 to 65535 */
export const NODE_CONFIG_WRITER_GROUP_ID = 12;
/** u32, 1,000 to 200,000 */
export const NODE_CONFIG_SAMPLE_RATE_HZ = 16;
/** u32, acceleration of one ADC count in 1e-9 g */
export const NODE_CONFIG_NANO_G_PER_COUNT = 20;
/** u32, shaft speed in 1e-3 Hz */
export const NODE_CONFIG_SHAFT_MILLI_HZ = 24;
/** u32, rolling elements, 3 to 64 */
export const NODE_CONFIG_ROLLER_COUNT = 28;
/** u32, in 1e-6 m */
export const NODE_CONFIG_ROLLER_DIAMETER_UM = 32;
/** u32, in 1e-6 m */
export const NODE_CONFIG_PITCH_DIAMETER_UM = 36;
/** u32, cosine of the contact angle in Q30 */
export const NODE_CONFIG_CONTACT_COS_Q30 = 40;
/** u32, power of two, 1 to 64; ENVELOPE rate = sample rate / this */
export const NODE_CONFIG_ENVELOPE_DECIMATION = 44;
/** u32, lower edge of the envelope's band-pass */
export const NODE_CONFIG_BAND_LOW_HZ = 48;
/** u32, upper edge, below half the sample rate */
export const NODE_CONFIG_BAND_HIGH_HZ = 52;
/** i64, OPC UA DateTime (100 ns since 1601-01-01 UTC) of sample 0 */
export const NODE_CONFIG_EPOCH = 56;
/** u32, stop after so many windows; 0: never */
export const NODE_CONFIG_WINDOW_LIMIT = 64;
/** u32, bit 0: the signal is simulated; bit 1: the board is emulated; bit 2: entries are kept in flash */
export const NODE_CONFIG_FLAGS = 68;
/** ASCII, zero-filled: what feeds the ADC, for people */
export const NODE_CONFIG_SOURCE_NAME = 72;

// spec/memory.md
/** samples come from the bearing model, not from a sensor or a recording */
export const NODE_FLAG_SIMULATED_SIGNAL = 1;
/** the processor is emulated */
export const NODE_FLAG_EMULATED_BOARD = 2;
/** entries are written to flash pages and restored at start (spec/page.md) */
export const NODE_FLAG_KEEP_ENTRIES = 4;

// spec/memory.md
/** bytes of the record */
export const NODE_CONFIG_VALUE_SIZE = 88;
/** of the record */
export const NODE_CONFIG_VALUE_VERSION = 1;

// spec/page.md
/** u32, pages, a power of two */
export const PAGES_COUNT = 0;
/** u32, clock of the last pass, milliseconds; what changes are stamped with */
export const PAGES_NOW_MS = 4;
/** u32, misses that start a pass; may be changed at any time */
export const PAGES_THRESHOLD = 8;
/** u32, least share of dirty pages */
export const PAGES_DIRTY_PERCENT = 12;
/** u32, least age of the oldest unwritten change */
export const PAGES_AGE_MS = 16;
/** u32, most pages of a batch, 1 to 16 */
export const PAGES_BATCH_PAGES = 20;
/** u32, misses of all agents at the last pass */
export const PAGES_MISSES_SEEN = 24;
/** u32, of the last batch that the port accepted */
export const PAGES_SEQUENCE = 28;
/** u32, passes that wrote */
export const PAGES_PASSES = 32;
/** u32 */
export const PAGES_PAGES_WRITTEN = 36;
/** u32, modulo 2^32 */
export const PAGES_BYTES_WRITTEN = 40;
/** u32, batches that the port refused; their pages stay dirty */
export const PAGES_REFUSED = 44;
/** of the pass under way: 32 PAGE_CHOICE */
export const PAGES_CHOICE = 64;
/** PAGE records */
export const PAGES_TABLE = 320;

// spec/page.md
/** u32, changes that are not written yet; 0: clean */
export const PAGE_CHANGES = 0;
/** u32, when the oldest of them was made */
export const PAGE_SINCE_MS = 4;
/** u32, when the newest was made */
export const PAGE_TOUCHED_MS = 8;
/** zero */
export const PAGE_RESERVED = 12;

// spec/page.md
/** u32, page */
export const PAGE_CHOICE_INDEX = 0;
/** u32, its changes when it was chosen */
export const PAGE_CHOICE_CHANGES = 4;

// spec/page.md
/** u32, 0x3147504c ("LPG1") */
export const PAGE_BATCH_MAGIC = 0;
/** u32, bytes from here to the end, this header included; a multiple of 8 */
export const PAGE_BATCH_LENGTH = 4;
/** u32, CRC-32 of the bytes from 12 to the end */
export const PAGE_BATCH_CHECK = 8;
/** u32 */
export const PAGE_BATCH_SEQUENCE = 12;
/** u32, page images */
export const PAGE_BATCH_COUNT = 16;
/** u32, pages of the map */
export const PAGE_BATCH_PAGES = 20;
/** the images */
export const PAGE_BATCH_IMAGES = 24;

// spec/page.md
/** u32, index */
export const PAGE_IMAGE_PAGE = 0;
/** u32, entries: all that the page held */
export const PAGE_IMAGE_COUNT = 4;
/** the entries */
export const PAGE_IMAGE_ENTRIES = 8;

// spec/page.md
/** u32, bytes of the key; 0xffffffff: a 64-bit integer */
export const PAGE_ENTRY_KEY_SIZE = 0;
/** u32 */
export const PAGE_ENTRY_VALUE_SIZE = 4;
/** the key, then the value, each padded with zeros to a multiple of 8 */
export const PAGE_ENTRY_KEY = 8;

// spec/page.md
/** "LPG1" in memory order */
export const PAGE_VALUE_MAGIC = 0x3147504c;
/** bytes of a PAGE */
export const PAGE_VALUE_SIZE = 16;
/** bytes of a PAGE_CHOICE */
export const PAGE_VALUE_CHOICE_SIZE = 8;
/** pages of a map */
export const PAGE_VALUE_COUNT_MAX = 4096;
/** pages of a batch */
export const PAGE_VALUE_BATCH_PAGES_MAX = 16;
/** misses */
export const PAGE_VALUE_THRESHOLD = 128;
/**  */
export const PAGE_VALUE_DIRTY_PERCENT = 60;
/**  */
export const PAGE_VALUE_AGE_MS = 5000;

// spec/page.md
/** u32, 0x3146504c ("LPF1") */
export const PAGE_FLASH_MAGIC = 0;
/** u32, from 1 on */
export const PAGE_FLASH_GENERATION = 4;
/** u32, blocks of the ring */
export const PAGE_FLASH_BLOCKS = 8;
/** u32, CRC-32 of the bytes from 0 to 11 */
export const PAGE_FLASH_CHECK = 12;
/** the batches */
export const PAGE_FLASH_BATCHES = 16;

// spec/page.md
/** "LPF1" in memory order */
export const PAGE_FLASH_VALUE_MAGIC = 0x3146504c;
/** one that holds, one that is written */
export const PAGE_FLASH_VALUE_BLOCKS_MIN = 2;
/** pages of a node's map */
export const PAGE_FLASH_VALUE_NODE_PAGES = 8;

// spec/snapshot.md
/** u32, bytes from base to the end of the tail, a multiple of 8; 0 while it is being written */
export const SNAPSHOT_LENGTH = 0;
/** u32, 0x3153574c ("LWS1") */
export const SNAPSHOT_MAGIC = 4;
/** u32, counts publications of this writer from 1, wraps past 0 */
export const SNAPSHOT_SEQUENCE = 8;
/** u32, entries in the directory */
export const SNAPSHOT_COUNT = 12;
/** i64, OPC UA DateTime of the newest sample it speaks of; 0 if unknown */
export const SNAPSHOT_TIME = 16;
/** u32, which set of keys: the writer's group version */
export const SNAPSHOT_SCHEMA = 24;
/** u32, bytes of the data part */
export const SNAPSHOT_DATA_SIZE = 28;
/** start of the directory */
export const SNAPSHOT_DIRECTORY = 32;

// spec/snapshot.md
/** u64 */
export const SNAPSHOT_ENTRY_KEY = 0;
/** u32, of the value, from the base */
export const SNAPSHOT_ENTRY_OFFSET = 8;
/** u32, bytes of the value */
export const SNAPSHOT_ENTRY_SIZE = 12;

// spec/snapshot.md
/** "LWS1" in memory order */
export const SNAPSHOT_VALUE_MAGIC = 0x3153574c;
/** bytes */
export const SNAPSHOT_VALUE_HEADER_SIZE = 32;
/** bytes of a directory entry */
export const SNAPSHOT_VALUE_ENTRY_SIZE = 16;
/** bytes */
export const SNAPSHOT_VALUE_TAIL_SIZE = 8;

// spec/snapshot.md
/** u32, offset of the published snapshot in linear memory; 0: none yet */
export const SNAPSHOT_REGION_CURRENT = 0;
/** u32, bytes of one slot, multiple of 8 */
export const SNAPSHOT_REGION_SLOT_SIZE = 4;
/** u32, LIMIT_SNAPSHOT_SLOTS */
export const SNAPSHOT_REGION_SLOT_COUNT = 8;
/** u32, of the last publication */
export const SNAPSHOT_REGION_SEQUENCE = 12;
/** u32, publications refused because they did not fit */
export const SNAPSHOT_REGION_REFUSED = 16;
/** LIMIT_READERS_MAX pin words, one per 64-byte line */
export const SNAPSHOT_REGION_PINS = 64;
/** the writer's cursor in the map (spec/map.md) */
export const SNAPSHOT_REGION_CURSOR = 320;
/** the slots */
export const SNAPSHOT_REGION_SLOTS = 448;

// spec/snapshot.md
/** u8, OPC UA built-in type: 2 SByte, 3 Byte, 4 Int16, 5 UInt16, 6 Int32, 7 UInt32, 8 Int64, 9 UInt64, 10 Float, 11 Double */
export const FIELD_TYPE = 0;
/** u8, 1 if an array, 0 if a scalar */
export const FIELD_IS_ARRAY = 1;
/** u16, upper half of an OPC UA StatusCode: 0 good, 0x8000 and above bad */
export const FIELD_QUALITY = 2;
/** u32, elements; 1 for a scalar */
export const FIELD_COUNT = 4;
/** elements, then zero padding to a multiple of 8 */
export const FIELD_DATA = 8;

// spec/snapshot.md
/** i8 */
export const FIELD_TYPE_SBYTE = 2;
/** u8 */
export const FIELD_TYPE_BYTE = 3;
/** i16 */
export const FIELD_TYPE_INT16 = 4;
/** u16 */
export const FIELD_TYPE_UINT16 = 5;
/** i32 */
export const FIELD_TYPE_INT32 = 6;
/** u32 */
export const FIELD_TYPE_UINT32 = 7;
/** i64 */
export const FIELD_TYPE_INT64 = 8;
/** u64 */
export const FIELD_TYPE_UINT64 = 9;
/** f32 */
export const FIELD_TYPE_FLOAT = 10;
/** f64 */
export const FIELD_TYPE_DOUBLE = 11;

// spec/status.md
/** done */
export const STATUS_OK = 0;
/** no room: table, arena, ring or queue is at its capacity */
export const STATUS_FULL = -1;
/** no entry under that key */
export const STATUS_ABSENT = -2;
/** an entry state may not go from its present state to the one asked for */
export const STATUS_ILLEGAL_STEP = -3;
/** an offset that must be a multiple of 8 is not */
export const STATUS_MISALIGNED = -4;
/** a stated length exceeds its region or the limit */
export const STATUS_TOO_LONG = -5;
/** the bytes end before the stated structure does */
export const STATUS_TRUNCATED = -6;
/** length is zero: never written, or a writer is at work */
export const STATUS_ZERO = -7;
/** head and tail of a snapshot come from different writes */
export const STATUS_TORN = -8;
/** not one of our structures, or another version */
export const STATUS_BAD_MAGIC = -9;
/** the CRC-32 at the end of a message does not match */
export const STATUS_BAD_CHECK = -10;
/** legal in the standard, not handled here */
export const STATUS_UNSUPPORTED = -11;
/** bytes that the standard does not allow */
export const STATUS_MALFORMED = -12;
/** older than what is already held, or a duplicate */
export const STATUS_STALE = -13;
/** try again: the device or a reader holds the resource */
export const STATUS_BUSY = -14;
/** a field of the configuration record is outside its range */
export const STATUS_BAD_CONFIG = -15;
/** the source of samples has ended */
export const STATUS_END = -16;
/** an entry is already there */
export const STATUS_EXISTS = -17;
/** the device reported an error */
export const STATUS_DEVICE = -18;
/** samples came faster than they were taken */
export const STATUS_OVERRUN = -19;
/** the message is signed or encrypted and no key is loaded */
export const STATUS_SECURED = -20;
/** the agent reads in place without a pin */
export const STATUS_UNPINNED = -21;
/** the memory is shorter than its header says, or longer */
export const STATUS_WRONG_SIZE = -22;
export const STATUS_NAMES: Readonly<Record<number, string>> = {
  [0]: "OK",
  [-1]: "FULL",
  [-2]: "ABSENT",
  [-3]: "ILLEGAL_STEP",
  [-4]: "MISALIGNED",
  [-5]: "TOO_LONG",
  [-6]: "TRUNCATED",
  [-7]: "ZERO",
  [-8]: "TORN",
  [-9]: "BAD_MAGIC",
  [-10]: "BAD_CHECK",
  [-11]: "UNSUPPORTED",
  [-12]: "MALFORMED",
  [-13]: "STALE",
  [-14]: "BUSY",
  [-15]: "BAD_CONFIG",
  [-16]: "END",
  [-17]: "EXISTS",
  [-18]: "DEVICE",
  [-19]: "OVERRUN",
  [-20]: "SECURED",
  [-21]: "UNPINNED",
  [-22]: "WRONG_SIZE",
};

// spec/status.md
/** no fault */
export const FAULT_NONE = 0;
/** an `assert` in AssemblyScript failed */
export const FAULT_ASSERT = 1;
/** Wasm load or store outside the linear memory */
export const FAULT_MEMORY = 2;
/** Wasm integer overflow */
export const FAULT_INTEGER_OVERFLOW = 3;
/** Wasm integer divide by zero */
export const FAULT_DIVIDE_BY_ZERO = 4;
/** Wasm float to integer conversion outside the range (asc saturates instead, so no program of ours raises it) */
export const FAULT_INVALID_CONVERSION = 5;
/** Wasm unreachable was executed */
export const FAULT_UNREACHABLE = 6;
/** Wasm indirect call to a wrong or missing function */
export const FAULT_CALL_INDIRECT = 7;
/** the stack guard was hit */
export const FAULT_EXHAUSTION = 8;
/** the processor raised a fault (bus, usage, hard) */
export const FAULT_HARD = 9;
/** the program's `init` answered with a status below zero */
export const FAULT_INIT = 10;
export const FAULT_NAMES: Readonly<Record<number, string>> = {
  [0]: "NONE",
  [1]: "ASSERT",
  [2]: "MEMORY",
  [3]: "INTEGER_OVERFLOW",
  [4]: "DIVIDE_BY_ZERO",
  [5]: "INVALID_CONVERSION",
  [6]: "UNREACHABLE",
  [7]: "CALL_INDIRECT",
  [8]: "EXHAUSTION",
  [9]: "HARD",
  [10]: "INIT",
};

// spec/status.md
/** 0x4c574652, "RFWL" in memory order; anything else: no record */
export const FAULT_RECORD_MAGIC = 0;
/** fault kind */
export const FAULT_RECORD_KIND = 4;
/** first 32 bits of the image's content hash */
export const FAULT_RECORD_BUILD_ID = 8;
/** address of the instruction that faulted, 0 if unknown */
export const FAULT_RECORD_PROGRAM_COUNTER = 12;
/** assert: TypeScript line; init: the status; else 0 */
export const FAULT_RECORD_LINE = 16;
/** assert: column, else 0 */
export const FAULT_RECORD_COLUMN = 20;
/** assert: offset of the UTF-16 file name in linear memory, else 0 */
export const FAULT_RECORD_FILE = 24;
/** milliseconds since start */
export const FAULT_RECORD_UPTIME_MS = 28;

// spec/status.md
/** bytes of the record */
export const FAULT_RECORD_SIZE = 32;

// spec/status.md
/** done */
export const EXIT_OK = 0;
/** the work was done and its result is negative (a check failed, a node faulted) */
export const EXIT_FAILED = 1;
/** wrong arguments */
export const EXIT_USAGE = 2;
/** a program or package is missing; the message has the command that installs it */
export const EXIT_MISSING_TOOL = 3;
/** a file or recording is not there */
export const EXIT_MISSING_INPUT = 4;
/** a file is there and is not what it must be (board.json, recording, program) */
export const EXIT_BAD_INPUT = 5;
/** the user's program does not compile */
export const EXIT_COMPILE = 6;
/** the image exceeds the board's flash, RAM or stack */
export const EXIT_OVER_BUDGET = 7;
/** no board of that name */
export const EXIT_UNKNOWN_BOARD = 8;
/** the address is taken */
export const EXIT_PORT_IN_USE = 9;
/** the operating system refused (raw sockets, installing packages, a file or folder, a full disk) */
export const EXIT_NO_PERMISSION = 10;
/** a board stopped with a fault record */
export const EXIT_BOARD_FAULT = 11;
/** the other side did not answer in time */
export const EXIT_TIMEOUT = 12;
/** a download failed */
export const EXIT_NO_NETWORK = 13;
/** a bug in latchwork; a stack trace follows */
export const EXIT_INTERNAL = 70;
export const EXIT_NAMES: Readonly<Record<number, string>> = {
  [0]: "OK",
  [1]: "FAILED",
  [2]: "USAGE",
  [3]: "MISSING_TOOL",
  [4]: "MISSING_INPUT",
  [5]: "BAD_INPUT",
  [6]: "COMPILE",
  [7]: "OVER_BUDGET",
  [8]: "UNKNOWN_BOARD",
  [9]: "PORT_IN_USE",
  [10]: "NO_PERMISSION",
  [11]: "BOARD_FAULT",
  [12]: "TIMEOUT",
  [13]: "NO_NETWORK",
  [70]: "INTERNAL",
};

// spec/uadp.md
/** version, in the first byte */
export const UADP_FLAG_VERSION_MASK = 15;
/** PublisherId follows */
export const UADP_FLAG_PUBLISHER_ID = 16;
/** GroupHeader follows */
export const UADP_FLAG_GROUP_HEADER = 32;
/** PayloadHeader follows */
export const UADP_FLAG_PAYLOAD_HEADER = 64;
/** extended flags 1 follow */
export const UADP_FLAG_EXTENDED1 = 128;

// spec/uadp.md
/** type of the PublisherId: UADP_ID_TYPE */
export const UADP_EXTENDED1_ID_TYPE_MASK = 7;
/** DataSetClassId follows, a Guid */
export const UADP_EXTENDED1_CLASS_ID = 8;
/** SecurityHeader follows */
export const UADP_EXTENDED1_SECURITY = 16;
/** timestamp follows */
export const UADP_EXTENDED1_TIMESTAMP = 32;
/** picoseconds follow */
export const UADP_EXTENDED1_PICOSECONDS = 64;
/** extended flags 2 follow */
export const UADP_EXTENDED1_EXTENDED2 = 128;

// spec/uadp.md
/** one part of a message: answered with UNSUPPORTED */
export const UADP_EXTENDED2_CHUNK = 1;
/** promoted fields follow */
export const UADP_EXTENDED2_PROMOTED_FIELDS = 2;
/** 0 DataSetMessages, 1 discovery probe, 2 discovery announcement (both UNSUPPORTED) */
export const UADP_EXTENDED2_TYPE_MASK = 28;
/** of the type */
export const UADP_EXTENDED2_TYPE_SHIFT = 2;
/** must be zero */
export const UADP_EXTENDED2_RESERVED = 224;

// spec/uadp.md
/** u8, also if there are no extended flags 1 */
export const UADP_ID_TYPE_BYTE = 0;
/** u16 */
export const UADP_ID_TYPE_UINT16 = 1;
/** u32 */
export const UADP_ID_TYPE_UINT32 = 2;
/** u64 */
export const UADP_ID_TYPE_UINT64 = 3;
/** i32 length and UTF-8 */
export const UADP_ID_TYPE_STRING = 4;

// spec/uadp.md
/** u16 follows */
export const UADP_GROUP_WRITER_GROUP_ID = 1;
/** u32 follows */
export const UADP_GROUP_GROUP_VERSION = 2;
/** u16 follows */
export const UADP_GROUP_NETWORK_MESSAGE_NUMBER = 4;
/** u16 follows */
export const UADP_GROUP_SEQUENCE_NUMBER = 8;
/** must be zero */
export const UADP_GROUP_RESERVED = 240;

// spec/uadp.md
/** a signature follows the payload */
export const UADP_SECURITY_SIGNED = 1;
/** the payload is encrypted */
export const UADP_SECURITY_ENCRYPTED = 2;
/** the size of a footer follows the nonce */
export const UADP_SECURITY_FOOTER = 4;
/** all keys are to be fetched again */
export const UADP_SECURITY_KEY_RESET = 8;
/** must be zero */
export const UADP_SECURITY_RESERVED = 240;

// spec/uadp.md
/** the DataSetMessage may be used */
export const UADP_DATA_SET1_VALID = 1;
/** 0 Variant, 2 RawData, 4 DataValue, 6 reserved */
export const UADP_DATA_SET1_ENCODING_MASK = 6;
/** u16 follows */
export const UADP_DATA_SET1_SEQUENCE_NUMBER = 8;
/** u16 follows, upper half of a StatusCode */
export const UADP_DATA_SET1_STATUS = 16;
/** u32 follows */
export const UADP_DATA_SET1_MAJOR_VERSION = 32;
/** u32 follows */
export const UADP_DATA_SET1_MINOR_VERSION = 64;
/** DataSetMessage flags 2 follow */
export const UADP_DATA_SET1_DATA_SET2 = 128;

// spec/uadp.md
/** type and value */
export const UADP_ENCODING_VARIANT = 0;
/** values without types: only the DataSet's metadata tells what they are */
export const UADP_ENCODING_RAW = 2;
/** value, status, timestamps */
export const UADP_ENCODING_DATA_VALUE = 4;

// spec/uadp.md
/** UADP_DATA_SET_TYPE */
export const UADP_DATA_SET2_TYPE_MASK = 15;
/** i64 follows */
export const UADP_DATA_SET2_TIMESTAMP = 16;
/** u16 follows */
export const UADP_DATA_SET2_PICOSECONDS = 32;
/** must be zero */
export const UADP_DATA_SET2_RESERVED = 192;

// spec/uadp.md
/** all fields in order */
export const UADP_DATA_SET_TYPE_KEY_FRAME = 0;
/** changed fields, each after its u16 index */
export const UADP_DATA_SET_TYPE_DELTA_FRAME = 1;
/** all fields of one event, in order */
export const UADP_DATA_SET_TYPE_EVENT = 2;
/** no fields */
export const UADP_DATA_SET_TYPE_KEEP_ALIVE = 3;

// spec/uadp.md
/** OPC UA built-in type (Part 6, 5.1.2) */
export const UADP_VARIANT_TYPE_MASK = 63;
/** i32 count and i32 sizes of the dimensions follow the elements */
export const UADP_VARIANT_DIMENSIONS = 64;
/** i32 count precedes the elements; -1 is a null array */
export const UADP_VARIANT_ARRAY = 128;

// spec/uadp.md
/** a Variant follows */
export const UADP_DATA_VALUE_VALUE = 1;
/** u32 StatusCode follows */
export const UADP_DATA_VALUE_STATUS = 2;
/** i64 follows */
export const UADP_DATA_VALUE_SOURCE_TIMESTAMP = 4;
/** i64 follows */
export const UADP_DATA_VALUE_SERVER_TIMESTAMP = 8;
/** u16 follows, after the source timestamp */
export const UADP_DATA_VALUE_SOURCE_PICOSECONDS = 16;
/** u16 follows, after the server timestamp */
export const UADP_DATA_VALUE_SERVER_PICOSECONDS = 32;
/** must be zero */
export const UADP_DATA_VALUE_RESERVED = 192;

// spec/uadp.md
/** a Variant without a value */
export const UADP_TYPE_NULL = 0;
/** u8, any value but 0 is true; a FIELD holds 0 or 1 */
export const UADP_TYPE_BOOLEAN = 1;
/** i32 length and bytes; passed over */
export const UADP_TYPE_STRING = 12;
/** i64, 100 ns since 1601-01-01 UTC */
export const UADP_TYPE_DATE_TIME = 13;
/** 16 bytes; passed over */
export const UADP_TYPE_GUID = 14;
/** i32 length and bytes; passed over */
export const UADP_TYPE_BYTE_STRING = 15;
/** i32 length and bytes; passed over */
export const UADP_TYPE_XML_ELEMENT = 16;
/** u32; passed over */
export const UADP_TYPE_STATUS_CODE = 19;

// spec/uadp.md
/** u32 */
export const UADP_HEADER_PUBLISHER_ID = 0;
/** u32, VersionTime */
export const UADP_HEADER_GROUP_VERSION = 4;
/** u16, 1 and above */
export const UADP_HEADER_WRITER_GROUP_ID = 8;
/** u16, counts the messages of one window from 1 */
export const UADP_HEADER_NETWORK_MESSAGE_NUMBER = 10;
/** u16, of the group */
export const UADP_HEADER_SEQUENCE_NUMBER = 12;
/** u16, 1 and above */
export const UADP_HEADER_DATA_SET_WRITER_ID = 14;
/** u16, of the DataSetWriter */
export const UADP_HEADER_DATA_SET_SEQUENCE = 16;
/** u16, upper half of a StatusCode; 0 good */
export const UADP_HEADER_STATUS = 18;
/** i64, OPC UA DateTime */
export const UADP_HEADER_TIMESTAMP = 24;

// spec/uadp.md
/** bytes of the record */
export const UADP_HEADER_VALUE_SIZE = 32;
/** bytes of a node's headers on the wire, up to the first field */
export const UADP_HEADER_VALUE_ENCODED_SIZE = 35;
/** bytes of the check field: Variant type and UInt32 */
export const UADP_HEADER_VALUE_CHECK_SIZE = 5;

// spec/uadp.md
/** u32, where the NetworkMessage starts */
export const UADP_MESSAGE_SOURCE = 0;
/** u32, its bytes, padding included */
export const UADP_MESSAGE_SIZE = 4;
/** u32, flags in the low byte, extended flags 1, extended flags 2, group flags in the high byte */
export const UADP_MESSAGE_PRESENT = 8;
/** u32, DataSetMessages, 1 to LIMIT_DATA_SET_MESSAGES_MAX; 0 if the PayloadHeader was not reached */
export const UADP_MESSAGE_DATA_SET_COUNT = 12;
/** u64; a String: offset of its bytes in the low word, size in the high one */
export const UADP_MESSAGE_PUBLISHER_ID = 16;
/** i64 */
export const UADP_MESSAGE_TIMESTAMP = 24;
/** u16 */
export const UADP_MESSAGE_WRITER_GROUP_ID = 32;
/** u16 */
export const UADP_MESSAGE_NETWORK_MESSAGE_NUMBER = 34;
/** u16 */
export const UADP_MESSAGE_SEQUENCE_NUMBER = 36;
/** u16, 10 ps each */
export const UADP_MESSAGE_PICOSECONDS = 38;
/** u32 */
export const UADP_MESSAGE_GROUP_VERSION = 40;
/** u32, offset of the Guid; 0: none */
export const UADP_MESSAGE_CLASS_ID = 44;
/** u32 */
export const UADP_MESSAGE_SECURITY_TOKEN_ID = 48;
/** u32, offset of the nonce; 0: none */
export const UADP_MESSAGE_NONCE = 52;
/** u8 */
export const UADP_MESSAGE_SECURITY_FLAGS = 56;
/** u8 */
export const UADP_MESSAGE_NONCE_SIZE = 57;
/** u16 */
export const UADP_MESSAGE_FOOTER_SIZE = 58;
/** u32, where the payload (sizes, DataSetMessages) starts; 0 if it was not reached */
export const UADP_MESSAGE_PAYLOAD = 60;
/** LIMIT_DATA_SET_MESSAGES_MAX records UADP_DATA_SET */
export const UADP_MESSAGE_DATA_SETS = 64;

// spec/uadp.md
/** u32, where the DataSetMessage starts */
export const UADP_DATA_SET_OFFSET = 0;
/** u32, its bytes; of a single one all that remains, padding included */
export const UADP_DATA_SET_SIZE = 4;
/** u16, DataSetWriterId; 0 without PayloadHeader */
export const UADP_DATA_SET_WRITER_ID = 8;
/** u8, UADP_DATA_SET1 */
export const UADP_DATA_SET_FLAGS1 = 10;
/** u8, UADP_DATA_SET2 */
export const UADP_DATA_SET_FLAGS2 = 11;
/** u16 */
export const UADP_DATA_SET_SEQUENCE = 12;
/** u16, upper half of a StatusCode */
export const UADP_DATA_SET_STATUS = 14;
/** i64 */
export const UADP_DATA_SET_TIMESTAMP = 16;
/** u32 */
export const UADP_DATA_SET_MAJOR_VERSION = 24;
/** u32 */
export const UADP_DATA_SET_MINOR_VERSION = 28;
/** u32, where the first field starts; of RawData the opaque bytes */
export const UADP_DATA_SET_FIELDS = 32;
/** u16, the check included; 0 if not valid, keep-alive or RawData */
export const UADP_DATA_SET_FIELD_COUNT = 36;
/** u16, 10 ps each */
export const UADP_DATA_SET_PICOSECONDS = 38;

// spec/uadp.md
/** u32, where the next field starts */
export const UADP_CURSOR_POSITION = 0;
/** u32, where the DataSetMessage ends */
export const UADP_CURSOR_END = 4;
/** u32, fields to come */
export const UADP_CURSOR_REMAINING = 8;
/** u32, index of the field read last, as in the DataSet (a delta frame leaves gaps) */
export const UADP_CURSOR_INDEX = 12;
/** u32, UADP_ENCODING in the low byte, 0x100 in a delta frame */
export const UADP_CURSOR_FLAGS = 16;
/** u32, StatusCode of the field read last; in Variant encoding that of the DataSetMessage */
export const UADP_CURSOR_STATUS = 20;
/** i64, of the field read last; 0 if it has none */
export const UADP_CURSOR_SOURCE_TIMESTAMP = 24;
/** u32, index of the next field of a key frame */
export const UADP_CURSOR_NEXT_INDEX = 32;
/** u32, first byte of the field's Variant: UADP_VARIANT, UADP_TYPE */
export const UADP_CURSOR_TYPE = 36;
/** u32, elements; 1 for a scalar, 0 for no value */
export const UADP_CURSOR_COUNT = 40;
/** u32, where the first element is */
export const UADP_CURSOR_DATA = 44;

// spec/uadp.md
/** bytes of UADP_MESSAGE */
export const UADP_RECORD_MESSAGE_SIZE = 704;
/** bytes of UADP_DATA_SET */
export const UADP_RECORD_DATA_SET_SIZE = 40;
/** bytes of UADP_CURSOR */
export const UADP_RECORD_CURSOR_SIZE = 48;
/** bit of UADP_CURSOR_FLAGS */
export const UADP_RECORD_DELTA = 256;
/** dimensions of one array */
export const UADP_RECORD_DIMENSIONS_MAX = 8;
/** a NetworkMessage no longer than this may be followed by padding (IEEE 802.3) */
export const UADP_RECORD_PADDED_SIZE_MAX = 46;
