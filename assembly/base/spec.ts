// Generated from spec/*.md by scripts/generate.ts; do not edit.

// spec/entry-map.md
export const MAP_HEAD_MAGIC: i32 = 0;
export const MAP_HEAD_SIZE: i32 = 4;
export const MAP_HEAD_AGENT_COUNT: i32 = 8;
export const MAP_HEAD_SCRATCH: i32 = 12;
export const MAP_HEAD_MAP: i32 = 16;
export const MAP_HEAD_PAGES: i32 = 20;
export const MAP_HEAD_BUFFER: i32 = 24;
export const MAP_HEAD_BUFFER_SIZE: i32 = 28;
export const MAP_HEAD_KEEPER: i32 = 32;
export const MAP_HEAD_OWNERS: i32 = 64;

// spec/entry-map.md
export const MAP_SCRATCH_KEY: i32 = 0;
export const MAP_SCRATCH_VALUE: i32 = 4096;
export const MAP_SCRATCH_OLD: i32 = 8192;
export const MAP_SCRATCH_CURSORS: i32 = 12288;

// spec/entry-map.md
export const MAP_HEAD_VALUE_MAGIC: i32 = 0x314d454c;
export const MAP_HEAD_VALUE_SIZE: i32 = 320;
export const MAP_HEAD_VALUE_SCRATCH_SIZE: i32 = 14336;
export const MAP_HEAD_VALUE_CURSOR_SIZE: i32 = 128;
export const MAP_HEAD_VALUE_CURSORS: i32 = 16;
export const MAP_HEAD_VALUE_RECOVERING: u32 = 0x80000000;

// spec/features.md
export const FEATURE_RMS_Q8: i32 = 0;
export const FEATURE_PEAK_Q8: i32 = 4;
export const FEATURE_CREST_Q16: i32 = 8;
export const FEATURE_KURTOSIS_Q16: i32 = 12;
export const FEATURE_MEAN_Q8: i32 = 16;
export const FEATURE_BAND0_RMS_Q8: i32 = 20;
export const FEATURE_BAND1_RMS_Q8: i32 = 24;
export const FEATURE_BAND2_RMS_Q8: i32 = 28;
export const FEATURE_BAND3_RMS_Q8: i32 = 32;
export const FEATURE_ENVELOPE_PEAK_MILLI_HZ: i32 = 36;
export const FEATURE_ENVELOPE_PEAK_SNR_Q16: i32 = 40;
export const FEATURE_BPFO_MILLI_HZ: i32 = 44;
export const FEATURE_BPFI_MILLI_HZ: i32 = 48;
export const FEATURE_BSF_MILLI_HZ: i32 = 52;
export const FEATURE_FTF_MILLI_HZ: i32 = 56;
export const FEATURE_BPFO_SNR_Q16: i32 = 60;
export const FEATURE_BPFI_SNR_Q16: i32 = 64;
export const FEATURE_BSF_SNR_Q16: i32 = 68;
export const FEATURE_FTF_SNR_Q16: i32 = 72;
export const FEATURE_WINDOW_INDEX: i32 = 76;
export const FEATURE_CLIPPED: i32 = 80;
export const FEATURE_ENVELOPE_FILL: i32 = 84;

// spec/features.md
export const FEATURE_VALUE_SIZE: i32 = 88;
export const FEATURE_VALUE_COUNT: i32 = 22;

// spec/features.md
export const PICTURE_WAVEFORM_COUNT: i32 = 512;
export const PICTURE_SPECTRUM_COUNT: i32 = 512;
export const PICTURE_ENVELOPE_COUNT: i32 = 640;

// spec/frame.md
export const ETHERNET_DESTINATION: i32 = 0;
export const ETHERNET_SOURCE: i32 = 6;
export const ETHERNET_TPID: i32 = 12;
export const ETHERNET_TCI: i32 = 14;
export const ETHERNET_TYPE: i32 = 16;
export const ETHERNET_PAYLOAD: i32 = 18;

// spec/frame.md
export const ETHERNET_VALUE_TPID: i32 = 33024;
export const ETHERNET_VALUE_TYPE: i32 = 46636;
export const ETHERNET_VALUE_HEADER_SIZE: i32 = 18;
export const ETHERNET_VALUE_FRAME_SIZE_MIN: i32 = 60;
export const ETHERNET_VALUE_PCP: i32 = 5;
export const ETHERNET_VALUE_VLAN: i32 = 5;
export const ETHERNET_VALUE_DESTINATION_HIGH: i32 = 256;
export const ETHERNET_VALUE_DESTINATION_LOW: i32 = 0x5e7f0001;
export const ETHERNET_VALUE_SOURCE_PREFIX: i32 = 0x24c57;
export const ETHERNET_VALUE_UNTAGGED_SIZE: i32 = 14;

// spec/frame.md
export const WRITER_WAVEFORM: i32 = 2;
export const WRITER_SPECTRUM: i32 = 3;
export const WRITER_ENVELOPE: i32 = 4;
export const WRITER_FEATURES: i32 = 1;

// spec/frame.md
export const UADP_VALUE_VERSION: i32 = 1;
export const UADP_VALUE_GROUP_VERSION: i32 = 1;

// spec/gateway.md
export const GATEWAY_VERSION: i32 = 0;
export const GATEWAY_NODE_COUNT: i32 = 4;
export const GATEWAY_NODES: i32 = 8;
export const GATEWAY_NODE_INDEX: i32 = 12;
export const GATEWAY_RING: i32 = 16;
export const GATEWAY_LOG: i32 = 20;
export const GATEWAY_ACCEPTED: i32 = 24;
export const GATEWAY_DUPLICATES: i32 = 32;
export const GATEWAY_BYTES: i32 = 40;
export const GATEWAY_REFUSED: i32 = 48;

// spec/gateway.md
export const FRAME_RING_HEAD: i32 = 0;
export const FRAME_RING_DROPPED: i32 = 4;
export const FRAME_RING_STOP: i32 = 8;
export const FRAME_RING_TAIL: i32 = 64;
export const FRAME_RING_FRAMES: i32 = 128;

// spec/gateway.md
export const RING_FRAME_SIZE: i32 = 0;
export const RING_FRAME_TIME_MS: i32 = 4;
export const RING_FRAME_BYTES: i32 = 8;

// spec/gateway.md
export const GATEWAY_NODE_PUBLISHER_ID: i32 = 0;
export const GATEWAY_NODE_FRAMES: i32 = 4;
export const GATEWAY_NODE_LOST: i32 = 8;
export const GATEWAY_NODE_DUPLICATES: i32 = 12;
export const GATEWAY_NODE_REORDERED: i32 = 16;
export const GATEWAY_NODE_RESTARTS: i32 = 20;
export const GATEWAY_NODE_WINDOWS: i32 = 24;
export const GATEWAY_NODE_SENT_BY_NODE: i32 = 28;
export const GATEWAY_NODE_FLAGS: i32 = 32;
export const GATEWAY_NODE_LAST_MS: i32 = 36;
export const GATEWAY_NODE_MAP: i32 = 40;
export const GATEWAY_NODE_REGION: i32 = 44;
export const GATEWAY_NODE_NOT_STORED: i32 = 48;
export const GATEWAY_NODE_SOURCE_NAME: i32 = 56;
export const GATEWAY_NODE_SPAN: i32 = 72;
export const GATEWAY_NODE_HIGHEST: i32 = 76;
export const GATEWAY_NODE_TIME: i32 = 80;
export const GATEWAY_NODE_SEEN: i32 = 96;

// spec/gateway.md
export const GATEWAY_VALUE_STATE_SIZE: i32 = 304;
export const GATEWAY_VALUE_NODE_SIZE: i32 = 256;
export const GATEWAY_VALUE_NODE_INDEX_COUNT: i32 = 1024;
export const GATEWAY_VALUE_NODE_AGENTS: i32 = 2;
export const GATEWAY_VALUE_DECODE_AGENT: i32 = 0;
export const GATEWAY_VALUE_NODE_ARENA_SIZE: i32 = 16384;
export const GATEWAY_VALUE_NODE_SNAPSHOT_SIZE: i32 = 8192;
export const GATEWAY_VALUE_NODE_SILENT_MS: i32 = 2000;
export const GATEWAY_VALUE_SEQUENCE_WINDOW: i32 = 1024;
export const GATEWAY_VALUE_RING_COUNT: i32 = 4096;
export const GATEWAY_VALUE_RING_FRAME_SIZE: i32 = 1536;
export const GATEWAY_VALUE_LOG_COUNT: i32 = 8192;
export const GATEWAY_VALUE_LOG_ENTRY_SIZE: i32 = 104;
export const GATEWAY_VALUE_REFUSED_COUNT: i32 = 32;

// spec/gateway.md
export const GATEWAY_KEPT_TIME: i32 = 0;
export const GATEWAY_KEPT_SCHEMA: i32 = 8;
export const GATEWAY_KEPT_FLAGS: i32 = 12;
export const GATEWAY_KEPT_AT_MS: i32 = 16;
export const GATEWAY_KEPT_SOURCE_NAME: i32 = 24;

// spec/gateway.md
export const GATEWAY_KEPT_VALUE_SIZE: i32 = 40;
export const GATEWAY_KEPT_VALUE_KEY_LOW: u32 = 0xffffffff;
export const GATEWAY_KEPT_VALUE_PAGES: i32 = 16;
export const GATEWAY_KEPT_VALUE_ARENA_SIZE: i32 = 0xc00000;

// spec/gateway.md
export const FEATURE_LOG_HEAD: i32 = 0;
export const FEATURE_LOG_DROPPED: i32 = 4;
export const FEATURE_LOG_TAIL: i32 = 64;
export const FEATURE_LOG_ENTRIES: i32 = 128;

// spec/gateway.md
export const FEATURE_LOG_ENTRY_PUBLISHER_ID: i32 = 0;
export const FEATURE_LOG_ENTRY_RESERVED: i32 = 4;
export const FEATURE_LOG_ENTRY_TIME: i32 = 8;
export const FEATURE_LOG_ENTRY_FEATURES: i32 = 16;

// spec/limits.md
export const LIMIT_ALIGNMENT: i32 = 8;
export const LIMIT_CACHE_LINE_SIZE: i32 = 64;
export const LIMIT_VALUE_SIZE_MIN: i32 = 8;
export const LIMIT_VALUE_SIZE_MAX: i32 = 4096;
export const LIMIT_SNAPSHOT_SIZE_MAX: i32 = 0x1000000;
export const LIMIT_FRAME_SIZE_MAX: i32 = 1518;
export const LIMIT_NETWORK_MESSAGE_SIZE_MAX: i32 = 1500;
export const LIMIT_DATA_SET_MESSAGES_MAX: i32 = 16;
export const LIMIT_FIELDS_MAX: i32 = 64;
export const LIMIT_WINDOW_SIZE: i32 = 2048;
export const LIMIT_ENVELOPE_SIZE: i32 = 2048;
export const LIMIT_ADC_BLOCK_SIZE: i32 = 128;
export const LIMIT_SAMPLE_RING_SIZE: i32 = 8192;
export const LIMIT_MAP_AGENTS_MAX: i32 = 64;
export const LIMIT_MAP_CAPACITY_MAX: i32 = 0x400000;
export const LIMIT_MAP_ARENA_SIZE_MAX: i32 = 0x40000000;
export const LIMIT_KEY_SIZE_MAX: i32 = 4096;
export const LIMIT_READERS_MAX: i32 = 4;
export const LIMIT_SNAPSHOT_SLOTS: i32 = 6;
export const LIMIT_NODE_ENTRIES_MAX: i32 = 64;
export const LIMIT_GATEWAY_NODES_MAX: i32 = 512;

// spec/map.md
export const MAP_MAGIC: i32 = 0;
export const MAP_SIZE: i32 = 4;
export const MAP_CAPACITY: i32 = 8;
export const MAP_AGENT_COUNT: i32 = 12;
export const MAP_DIRECTORY: i32 = 16;
export const MAP_BUCKETS_MAX: i32 = 20;
export const MAP_BITMAP: i32 = 24;
export const MAP_BITMAP_WORDS: i32 = 28;
export const MAP_ARENA: i32 = 32;
export const MAP_HASH_MASK: i32 = 36;
export const MAP_MIGRATE_CHUNK: i32 = 40;
export const MAP_CHAIN_MAX: i32 = 44;
export const MAP_BUCKETS: i32 = 48;
export const MAP_FLOOR: i32 = 52;
export const MAP_PAGES: i32 = 56;
export const MAP_SUMMARY: i32 = 60;
export const MAP_CLOCK: i32 = 64;
export const MAP_CUTS: i32 = 68;
export const MAP_EPOCH: i32 = 128;
export const MAP_LENGTH: i32 = 192;
export const MAP_MIGRATE_DONE: i32 = 256;
export const MAP_AGENTS: i32 = 320;

// spec/map.md
export const MAP_AGENT_PIN: i32 = 0;
export const MAP_AGENT_CUT: i32 = 4;
export const MAP_AGENT_CUT_FLOOR: i32 = 8;
export const MAP_AGENT_DEPTH: i32 = 64;
export const MAP_AGENT_BUSY: i32 = 68;
export const MAP_AGENT_CLAIM_VALUES: i32 = 72;
export const MAP_AGENT_CLAIM_INDEX: i32 = 84;
export const MAP_AGENT_RUN_CURSOR: i32 = 96;
export const MAP_AGENT_ARENA_USED: i32 = 100;
export const MAP_AGENT_LENGTH_DELTA: i32 = 104;
export const MAP_AGENT_MISSES: i32 = 108;
export const MAP_AGENT_RETIRES: i32 = 112;
export const MAP_AGENT_UNRECLAIMED: i32 = 116;
export const MAP_AGENT_HITS: i32 = 120;
export const MAP_AGENT_MISS_TOTAL: i32 = 124;
export const MAP_AGENT_PROMOTIONS: i32 = 128;
export const MAP_AGENT_MIGRATIONS: i32 = 132;
export const MAP_AGENT_ILLEGAL_STEPS: i32 = 136;
export const MAP_AGENT_REFUSED_FULL: i32 = 140;
export const MAP_AGENT_REFUSED_BUSY: i32 = 144;
export const MAP_AGENT_EPOCHS: i32 = 148;
export const MAP_AGENT_LIMBO: i32 = 152;
export const MAP_AGENT_FREEABLE: i32 = 188;
export const MAP_AGENT_WALKED: i32 = 196;
export const MAP_AGENT_REPLACED: i32 = 200;

// spec/map.md
export const MAP_CLAIM_WORD: i32 = 0;
export const MAP_CLAIM_BITS: i32 = 4;
export const MAP_CLAIM_CURSOR: i32 = 8;

// spec/map.md
export const MAP_LIMBO_FIRST: i32 = 0;
export const MAP_LIMBO_LAST: i32 = 4;
export const MAP_LIMBO_EPOCH: i32 = 8;

// spec/map.md
export const MAP_LINK_VALUE: i32 = 0;
export const MAP_LINK_ENTRY: i32 = 1;
export const MAP_LINK_BYTES_ENTRY: i32 = 2;
export const MAP_LINK_BUCKET: i32 = 3;
export const MAP_LINK_MASK: i32 = 15;
export const MAP_LINK_END: i32 = 15;

// spec/map.md
export const MAP_WORD_UNSET: i32 = 0;
export const MAP_WORD_AMENDED: i32 = 1;
export const MAP_WORD_FROZEN: i32 = 2;
export const MAP_WORD_EMPTY: i32 = 4;
export const MAP_WORD_BYTES: i32 = 8;
export const MAP_WORD_BITS: i32 = 15;

// spec/map.md
export const ENTRY_STATE_EMPTY: i32 = 0;
export const ENTRY_STATE_WRITING: i32 = 1;
export const ENTRY_STATE_READY: i32 = 2;
export const ENTRY_STATE_DELETED: i32 = 3;
export const ENTRY_STATE_EXPUNGED: i32 = 4;
export const ENTRY_STATE_MASK: i32 = 7;

// spec/map.md
export const MAP_ENTRY_KEY: i32 = 0;
export const MAP_ENTRY_WORD: i32 = 8;
export const MAP_ENTRY_NEXT: i32 = 12;

// spec/map.md
export const MAP_KEY_BLOCK_SIZE: i32 = 0;
export const MAP_KEY_BLOCK_BYTES: i32 = 4;

// spec/map.md
export const MAP_BLOCK_SIZE: i32 = 0;
export const MAP_BLOCK_STAMP: i32 = 4;
export const MAP_BLOCK_PREVIOUS: i32 = 8;
export const MAP_BLOCK_END: i32 = 12;
export const MAP_BLOCK_VALUE: i32 = 16;

// spec/map.md
export const MAP_BUCKET_COUNT: i32 = 0;
export const MAP_BUCKET_CAPACITY: i32 = 2;
export const MAP_BUCKET_LINK: i32 = 4;
export const MAP_BUCKET_TAGS: i32 = 8;

// spec/map.md
export const MAP_CURSOR_POSITION: i32 = 0;
export const MAP_CURSOR_WORD: i32 = 4;
export const MAP_CURSOR_INDEX: i32 = 8;
export const MAP_CURSOR_HOME: i32 = 12;
export const MAP_CURSOR_HOME_MASK: i32 = 16;
export const MAP_CURSOR_KEY_SIZE: i32 = 20;
export const MAP_CURSOR_KEY: i32 = 24;
export const MAP_CURSOR_VALUE: i32 = 32;
export const MAP_CURSOR_TAKER: i32 = 36;
export const MAP_CURSOR_DONE: i32 = 40;
export const MAP_CURSOR_LIMIT: i32 = 44;
export const MAP_CURSOR_PAGE: i32 = 48;
export const MAP_CURSOR_PAGE_MASK: i32 = 52;
export const MAP_CURSOR_NEXT: i32 = 56;
export const MAP_CURSOR_FILLED: i32 = 60;
export const MAP_CURSOR_FOUND: i32 = 64;

// spec/map.md
export const MAP_VALUE_MAGIC: i32 = 0x3250414d;
export const MAP_VALUE_GRANULE_SIZE: i32 = 16;
export const MAP_VALUE_ALIGNMENT: i32 = 64;
export const MAP_VALUE_AGENT_SIZE: i32 = 256;
export const MAP_VALUE_ENTRY_SIZE: i32 = 16;
export const MAP_VALUE_BLOCK_HEADER_SIZE: i32 = 16;
export const MAP_VALUE_SLACK_SIZE: i32 = 64;
export const MAP_VALUE_CURSOR_SIZE: i32 = 128;
export const MAP_VALUE_LIMBO_SIZE: i32 = 12;
export const MAP_VALUE_BUCKETS_MIN: i32 = 8;
export const MAP_VALUE_MIGRATE_CHUNK: i32 = 1;
export const MAP_VALUE_CHAIN_MAX: i32 = 8;
export const MAP_VALUE_RECLAIM_CHUNK: i32 = 8;
export const MAP_VALUE_RETIRE_BATCH: i32 = 32;
export const MAP_VALUE_LENGTH_BATCH: i32 = 16;
export const MAP_VALUE_CLOCK_LAST: i32 = 0x7fffffff;

// spec/memory.md
export const NODE_CONFIG_SIZE: i32 = 0;
export const NODE_CONFIG_VERSION: i32 = 4;
export const NODE_CONFIG_PUBLISHER_ID: i32 = 8;
export const NODE_CONFIG_WRITER_GROUP_ID: i32 = 12;
export const NODE_CONFIG_SAMPLE_RATE_HZ: i32 = 16;
export const NODE_CONFIG_NANO_G_PER_COUNT: i32 = 20;
export const NODE_CONFIG_SHAFT_MILLI_HZ: i32 = 24;
export const NODE_CONFIG_ROLLER_COUNT: i32 = 28;
export const NODE_CONFIG_ROLLER_DIAMETER_UM: i32 = 32;
export const NODE_CONFIG_PITCH_DIAMETER_UM: i32 = 36;
export const NODE_CONFIG_CONTACT_COS_Q30: i32 = 40;
export const NODE_CONFIG_ENVELOPE_DECIMATION: i32 = 44;
export const NODE_CONFIG_BAND_LOW_HZ: i32 = 48;
export const NODE_CONFIG_BAND_HIGH_HZ: i32 = 52;
export const NODE_CONFIG_EPOCH: i32 = 56;
export const NODE_CONFIG_WINDOW_LIMIT: i32 = 64;
export const NODE_CONFIG_FLAGS: i32 = 68;
export const NODE_CONFIG_SOURCE_NAME: i32 = 72;

// spec/memory.md
export const NODE_FLAG_SIMULATED_SIGNAL: i32 = 1;
export const NODE_FLAG_EMULATED_BOARD: i32 = 2;
export const NODE_FLAG_KEEP_ENTRIES: i32 = 4;

// spec/memory.md
export const NODE_CONFIG_VALUE_SIZE: i32 = 88;
export const NODE_CONFIG_VALUE_VERSION: i32 = 1;

// spec/page.md
export const PAGES_COUNT: i32 = 0;
export const PAGES_NOW_MS: i32 = 4;
export const PAGES_THRESHOLD: i32 = 8;
export const PAGES_DIRTY_PERCENT: i32 = 12;
export const PAGES_AGE_MS: i32 = 16;
export const PAGES_BATCH_PAGES: i32 = 20;
export const PAGES_MISSES_SEEN: i32 = 24;
export const PAGES_SEQUENCE: i32 = 28;
export const PAGES_PASSES: i32 = 32;
export const PAGES_PAGES_WRITTEN: i32 = 36;
export const PAGES_BYTES_WRITTEN: i32 = 40;
export const PAGES_REFUSED: i32 = 44;
export const PAGES_CHOICE: i32 = 64;
export const PAGES_TABLE: i32 = 320;

// spec/page.md
export const PAGE_CHANGES: i32 = 0;
export const PAGE_SINCE_MS: i32 = 4;
export const PAGE_TOUCHED_MS: i32 = 8;
export const PAGE_RESERVED: i32 = 12;

// spec/page.md
export const PAGE_CHOICE_INDEX: i32 = 0;
export const PAGE_CHOICE_CHANGES: i32 = 4;

// spec/page.md
export const PAGE_BATCH_MAGIC: i32 = 0;
export const PAGE_BATCH_LENGTH: i32 = 4;
export const PAGE_BATCH_CHECK: i32 = 8;
export const PAGE_BATCH_SEQUENCE: i32 = 12;
export const PAGE_BATCH_COUNT: i32 = 16;
export const PAGE_BATCH_PAGES: i32 = 20;
export const PAGE_BATCH_IMAGES: i32 = 24;

// spec/page.md
export const PAGE_IMAGE_PAGE: i32 = 0;
export const PAGE_IMAGE_COUNT: i32 = 4;
export const PAGE_IMAGE_ENTRIES: i32 = 8;

// spec/page.md
export const PAGE_ENTRY_KEY_SIZE: i32 = 0;
export const PAGE_ENTRY_VALUE_SIZE: i32 = 4;
export const PAGE_ENTRY_KEY: i32 = 8;

// spec/page.md
export const PAGE_VALUE_MAGIC: i32 = 0x3147504c;
export const PAGE_VALUE_SIZE: i32 = 16;
export const PAGE_VALUE_CHOICE_SIZE: i32 = 8;
export const PAGE_VALUE_COUNT_MAX: i32 = 4096;
export const PAGE_VALUE_BATCH_PAGES_MAX: i32 = 16;
export const PAGE_VALUE_THRESHOLD: i32 = 128;
export const PAGE_VALUE_DIRTY_PERCENT: i32 = 60;
export const PAGE_VALUE_AGE_MS: i32 = 5000;

// spec/page.md
export const PAGE_FLASH_MAGIC: i32 = 0;
export const PAGE_FLASH_GENERATION: i32 = 4;
export const PAGE_FLASH_BLOCKS: i32 = 8;
export const PAGE_FLASH_CHECK: i32 = 12;
export const PAGE_FLASH_BATCHES: i32 = 16;

// spec/page.md
export const PAGE_FLASH_VALUE_MAGIC: i32 = 0x3146504c;
export const PAGE_FLASH_VALUE_BLOCKS_MIN: i32 = 2;
export const PAGE_FLASH_VALUE_NODE_PAGES: i32 = 8;

// spec/snapshot.md
export const SNAPSHOT_LENGTH: i32 = 0;
export const SNAPSHOT_MAGIC: i32 = 4;
export const SNAPSHOT_SEQUENCE: i32 = 8;
export const SNAPSHOT_COUNT: i32 = 12;
export const SNAPSHOT_TIME: i32 = 16;
export const SNAPSHOT_SCHEMA: i32 = 24;
export const SNAPSHOT_DATA_SIZE: i32 = 28;
export const SNAPSHOT_DIRECTORY: i32 = 32;

// spec/snapshot.md
export const SNAPSHOT_ENTRY_KEY: i32 = 0;
export const SNAPSHOT_ENTRY_OFFSET: i32 = 8;
export const SNAPSHOT_ENTRY_SIZE: i32 = 12;

// spec/snapshot.md
export const SNAPSHOT_VALUE_MAGIC: i32 = 0x3153574c;
export const SNAPSHOT_VALUE_HEADER_SIZE: i32 = 32;
export const SNAPSHOT_VALUE_ENTRY_SIZE: i32 = 16;
export const SNAPSHOT_VALUE_TAIL_SIZE: i32 = 8;

// spec/snapshot.md
export const SNAPSHOT_REGION_CURRENT: i32 = 0;
export const SNAPSHOT_REGION_SLOT_SIZE: i32 = 4;
export const SNAPSHOT_REGION_SLOT_COUNT: i32 = 8;
export const SNAPSHOT_REGION_SEQUENCE: i32 = 12;
export const SNAPSHOT_REGION_REFUSED: i32 = 16;
export const SNAPSHOT_REGION_PINS: i32 = 64;
export const SNAPSHOT_REGION_CURSOR: i32 = 320;
export const SNAPSHOT_REGION_SLOTS: i32 = 448;

// spec/snapshot.md
export const FIELD_TYPE: i32 = 0;
export const FIELD_IS_ARRAY: i32 = 1;
export const FIELD_QUALITY: i32 = 2;
export const FIELD_COUNT: i32 = 4;
export const FIELD_DATA: i32 = 8;

// spec/snapshot.md
export const FIELD_TYPE_SBYTE: i32 = 2;
export const FIELD_TYPE_BYTE: i32 = 3;
export const FIELD_TYPE_INT16: i32 = 4;
export const FIELD_TYPE_UINT16: i32 = 5;
export const FIELD_TYPE_INT32: i32 = 6;
export const FIELD_TYPE_UINT32: i32 = 7;
export const FIELD_TYPE_INT64: i32 = 8;
export const FIELD_TYPE_UINT64: i32 = 9;
export const FIELD_TYPE_FLOAT: i32 = 10;
export const FIELD_TYPE_DOUBLE: i32 = 11;

// spec/status.md
export const STATUS_OK: i32 = 0;
export const STATUS_FULL: i32 = -1;
export const STATUS_ABSENT: i32 = -2;
export const STATUS_ILLEGAL_STEP: i32 = -3;
export const STATUS_MISALIGNED: i32 = -4;
export const STATUS_TOO_LONG: i32 = -5;
export const STATUS_TRUNCATED: i32 = -6;
export const STATUS_ZERO: i32 = -7;
export const STATUS_TORN: i32 = -8;
export const STATUS_BAD_MAGIC: i32 = -9;
export const STATUS_BAD_CHECK: i32 = -10;
export const STATUS_UNSUPPORTED: i32 = -11;
export const STATUS_MALFORMED: i32 = -12;
export const STATUS_STALE: i32 = -13;
export const STATUS_BUSY: i32 = -14;
export const STATUS_BAD_CONFIG: i32 = -15;
export const STATUS_END: i32 = -16;
export const STATUS_EXISTS: i32 = -17;
export const STATUS_DEVICE: i32 = -18;
export const STATUS_OVERRUN: i32 = -19;
export const STATUS_SECURED: i32 = -20;
export const STATUS_UNPINNED: i32 = -21;
export const STATUS_WRONG_SIZE: i32 = -22;

// spec/status.md
export const FAULT_NONE: i32 = 0;
export const FAULT_ASSERT: i32 = 1;
export const FAULT_MEMORY: i32 = 2;
export const FAULT_INTEGER_OVERFLOW: i32 = 3;
export const FAULT_DIVIDE_BY_ZERO: i32 = 4;
export const FAULT_INVALID_CONVERSION: i32 = 5;
export const FAULT_UNREACHABLE: i32 = 6;
export const FAULT_CALL_INDIRECT: i32 = 7;
export const FAULT_EXHAUSTION: i32 = 8;
export const FAULT_HARD: i32 = 9;
export const FAULT_INIT: i32 = 10;

// spec/status.md
export const FAULT_RECORD_MAGIC: i32 = 0;
export const FAULT_RECORD_KIND: i32 = 4;
export const FAULT_RECORD_BUILD_ID: i32 = 8;
export const FAULT_RECORD_PROGRAM_COUNTER: i32 = 12;
export const FAULT_RECORD_LINE: i32 = 16;
export const FAULT_RECORD_COLUMN: i32 = 20;
export const FAULT_RECORD_FILE: i32 = 24;
export const FAULT_RECORD_UPTIME_MS: i32 = 28;

// spec/status.md
export const FAULT_RECORD_SIZE: i32 = 32;

// spec/status.md
export const EXIT_OK: i32 = 0;
export const EXIT_FAILED: i32 = 1;
export const EXIT_USAGE: i32 = 2;
export const EXIT_MISSING_TOOL: i32 = 3;
export const EXIT_MISSING_INPUT: i32 = 4;
export const EXIT_BAD_INPUT: i32 = 5;
export const EXIT_COMPILE: i32 = 6;
export const EXIT_OVER_BUDGET: i32 = 7;
export const EXIT_UNKNOWN_BOARD: i32 = 8;
export const EXIT_PORT_IN_USE: i32 = 9;
export const EXIT_NO_PERMISSION: i32 = 10;
export const EXIT_BOARD_FAULT: i32 = 11;
export const EXIT_TIMEOUT: i32 = 12;
export const EXIT_NO_NETWORK: i32 = 13;
export const EXIT_INTERNAL: i32 = 70;

// spec/uadp.md
export const UADP_FLAG_VERSION_MASK: i32 = 15;
export const UADP_FLAG_PUBLISHER_ID: i32 = 16;
export const UADP_FLAG_GROUP_HEADER: i32 = 32;
export const UADP_FLAG_PAYLOAD_HEADER: i32 = 64;
export const UADP_FLAG_EXTENDED1: i32 = 128;

// spec/uadp.md
export const UADP_EXTENDED1_ID_TYPE_MASK: i32 = 7;
export const UADP_EXTENDED1_CLASS_ID: i32 = 8;
export const UADP_EXTENDED1_SECURITY: i32 = 16;
export const UADP_EXTENDED1_TIMESTAMP: i32 = 32;
export const UADP_EXTENDED1_PICOSECONDS: i32 = 64;
export const UADP_EXTENDED1_EXTENDED2: i32 = 128;

// spec/uadp.md
export const UADP_EXTENDED2_CHUNK: i32 = 1;
export const UADP_EXTENDED2_PROMOTED_FIELDS: i32 = 2;
export const UADP_EXTENDED2_TYPE_MASK: i32 = 28;
export const UADP_EXTENDED2_TYPE_SHIFT: i32 = 2;
export const UADP_EXTENDED2_RESERVED: i32 = 224;

// spec/uadp.md
export const UADP_ID_TYPE_BYTE: i32 = 0;
export const UADP_ID_TYPE_UINT16: i32 = 1;
export const UADP_ID_TYPE_UINT32: i32 = 2;
export const UADP_ID_TYPE_UINT64: i32 = 3;
export const UADP_ID_TYPE_STRING: i32 = 4;

// spec/uadp.md
export const UADP_GROUP_WRITER_GROUP_ID: i32 = 1;
export const UADP_GROUP_GROUP_VERSION: i32 = 2;
export const UADP_GROUP_NETWORK_MESSAGE_NUMBER: i32 = 4;
export const UADP_GROUP_SEQUENCE_NUMBER: i32 = 8;
export const UADP_GROUP_RESERVED: i32 = 240;

// spec/uadp.md
export const UADP_SECURITY_SIGNED: i32 = 1;
export const UADP_SECURITY_ENCRYPTED: i32 = 2;
export const UADP_SECURITY_FOOTER: i32 = 4;
export const UADP_SECURITY_KEY_RESET: i32 = 8;
export const UADP_SECURITY_RESERVED: i32 = 240;

// spec/uadp.md
export const UADP_DATA_SET1_VALID: i32 = 1;
export const UADP_DATA_SET1_ENCODING_MASK: i32 = 6;
export const UADP_DATA_SET1_SEQUENCE_NUMBER: i32 = 8;
export const UADP_DATA_SET1_STATUS: i32 = 16;
export const UADP_DATA_SET1_MAJOR_VERSION: i32 = 32;
export const UADP_DATA_SET1_MINOR_VERSION: i32 = 64;
export const UADP_DATA_SET1_DATA_SET2: i32 = 128;

// spec/uadp.md
export const UADP_ENCODING_VARIANT: i32 = 0;
export const UADP_ENCODING_RAW: i32 = 2;
export const UADP_ENCODING_DATA_VALUE: i32 = 4;

// spec/uadp.md
export const UADP_DATA_SET2_TYPE_MASK: i32 = 15;
export const UADP_DATA_SET2_TIMESTAMP: i32 = 16;
export const UADP_DATA_SET2_PICOSECONDS: i32 = 32;
export const UADP_DATA_SET2_RESERVED: i32 = 192;

// spec/uadp.md
export const UADP_DATA_SET_TYPE_KEY_FRAME: i32 = 0;
export const UADP_DATA_SET_TYPE_DELTA_FRAME: i32 = 1;
export const UADP_DATA_SET_TYPE_EVENT: i32 = 2;
export const UADP_DATA_SET_TYPE_KEEP_ALIVE: i32 = 3;

// spec/uadp.md
export const UADP_VARIANT_TYPE_MASK: i32 = 63;
export const UADP_VARIANT_DIMENSIONS: i32 = 64;
export const UADP_VARIANT_ARRAY: i32 = 128;

// spec/uadp.md
export const UADP_DATA_VALUE_VALUE: i32 = 1;
export const UADP_DATA_VALUE_STATUS: i32 = 2;
export const UADP_DATA_VALUE_SOURCE_TIMESTAMP: i32 = 4;
export const UADP_DATA_VALUE_SERVER_TIMESTAMP: i32 = 8;
export const UADP_DATA_VALUE_SOURCE_PICOSECONDS: i32 = 16;
export const UADP_DATA_VALUE_SERVER_PICOSECONDS: i32 = 32;
export const UADP_DATA_VALUE_RESERVED: i32 = 192;

// spec/uadp.md
export const UADP_TYPE_NULL: i32 = 0;
export const UADP_TYPE_BOOLEAN: i32 = 1;
export const UADP_TYPE_STRING: i32 = 12;
export const UADP_TYPE_DATE_TIME: i32 = 13;
export const UADP_TYPE_GUID: i32 = 14;
export const UADP_TYPE_BYTE_STRING: i32 = 15;
export const UADP_TYPE_XML_ELEMENT: i32 = 16;
export const UADP_TYPE_STATUS_CODE: i32 = 19;

// spec/uadp.md
export const UADP_HEADER_PUBLISHER_ID: i32 = 0;
export const UADP_HEADER_GROUP_VERSION: i32 = 4;
export const UADP_HEADER_WRITER_GROUP_ID: i32 = 8;
export const UADP_HEADER_NETWORK_MESSAGE_NUMBER: i32 = 10;
export const UADP_HEADER_SEQUENCE_NUMBER: i32 = 12;
export const UADP_HEADER_DATA_SET_WRITER_ID: i32 = 14;
export const UADP_HEADER_DATA_SET_SEQUENCE: i32 = 16;
export const UADP_HEADER_STATUS: i32 = 18;
export const UADP_HEADER_TIMESTAMP: i32 = 24;

// spec/uadp.md
export const UADP_HEADER_VALUE_SIZE: i32 = 32;
export const UADP_HEADER_VALUE_ENCODED_SIZE: i32 = 35;
export const UADP_HEADER_VALUE_CHECK_SIZE: i32 = 5;

// spec/uadp.md
export const UADP_MESSAGE_SOURCE: i32 = 0;
export const UADP_MESSAGE_SIZE: i32 = 4;
export const UADP_MESSAGE_PRESENT: i32 = 8;
export const UADP_MESSAGE_DATA_SET_COUNT: i32 = 12;
export const UADP_MESSAGE_PUBLISHER_ID: i32 = 16;
export const UADP_MESSAGE_TIMESTAMP: i32 = 24;
export const UADP_MESSAGE_WRITER_GROUP_ID: i32 = 32;
export const UADP_MESSAGE_NETWORK_MESSAGE_NUMBER: i32 = 34;
export const UADP_MESSAGE_SEQUENCE_NUMBER: i32 = 36;
export const UADP_MESSAGE_PICOSECONDS: i32 = 38;
export const UADP_MESSAGE_GROUP_VERSION: i32 = 40;
export const UADP_MESSAGE_CLASS_ID: i32 = 44;
export const UADP_MESSAGE_SECURITY_TOKEN_ID: i32 = 48;
export const UADP_MESSAGE_NONCE: i32 = 52;
export const UADP_MESSAGE_SECURITY_FLAGS: i32 = 56;
export const UADP_MESSAGE_NONCE_SIZE: i32 = 57;
export const UADP_MESSAGE_FOOTER_SIZE: i32 = 58;
export const UADP_MESSAGE_PAYLOAD: i32 = 60;
export const UADP_MESSAGE_DATA_SETS: i32 = 64;

// spec/uadp.md
export const UADP_DATA_SET_OFFSET: i32 = 0;
export const UADP_DATA_SET_SIZE: i32 = 4;
export const UADP_DATA_SET_WRITER_ID: i32 = 8;
export const UADP_DATA_SET_FLAGS1: i32 = 10;
export const UADP_DATA_SET_FLAGS2: i32 = 11;
export const UADP_DATA_SET_SEQUENCE: i32 = 12;
export const UADP_DATA_SET_STATUS: i32 = 14;
export const UADP_DATA_SET_TIMESTAMP: i32 = 16;
export const UADP_DATA_SET_MAJOR_VERSION: i32 = 24;
export const UADP_DATA_SET_MINOR_VERSION: i32 = 28;
export const UADP_DATA_SET_FIELDS: i32 = 32;
export const UADP_DATA_SET_FIELD_COUNT: i32 = 36;
export const UADP_DATA_SET_PICOSECONDS: i32 = 38;

// spec/uadp.md
export const UADP_CURSOR_POSITION: i32 = 0;
export const UADP_CURSOR_END: i32 = 4;
export const UADP_CURSOR_REMAINING: i32 = 8;
export const UADP_CURSOR_INDEX: i32 = 12;
export const UADP_CURSOR_FLAGS: i32 = 16;
export const UADP_CURSOR_STATUS: i32 = 20;
export const UADP_CURSOR_SOURCE_TIMESTAMP: i32 = 24;
export const UADP_CURSOR_NEXT_INDEX: i32 = 32;
export const UADP_CURSOR_TYPE: i32 = 36;
export const UADP_CURSOR_COUNT: i32 = 40;
export const UADP_CURSOR_DATA: i32 = 44;

// spec/uadp.md
export const UADP_RECORD_MESSAGE_SIZE: i32 = 704;
export const UADP_RECORD_DATA_SET_SIZE: i32 = 40;
export const UADP_RECORD_CURSOR_SIZE: i32 = 48;
export const UADP_RECORD_DELTA: i32 = 256;
export const UADP_RECORD_DIMENSIONS_MAX: i32 = 8;
export const UADP_RECORD_PADDED_SIZE_MAX: i32 = 46;
