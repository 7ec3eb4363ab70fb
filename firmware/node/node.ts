// The node: sample -> window -> features -> entries -> snapshot -> frames.
//
// ```
//  timer interrupt ── nodeTick ──► sampler's ring
//                                      │ a window is complete
//  main loop ── nodeMeasure ◄──────────┘ ── vibration features ──► entries
//            ── nodePublish ── snapshot ──► frames ── pages that are due ──► flash
// ```
// A program calls these from its exports init, tick and step (main.ts is the plain one). Between
// nodeMeasure and nodePublish it may add entries of its own.
import {
  FEATURE_VALUE_COUNT,
  FIELD_TYPE_BYTE,
  FIELD_TYPE_INT16,
  FIELD_TYPE_UINT16,
  FIELD_TYPE_UINT32,
  LIMIT_WINDOW_SIZE,
  NODE_CONFIG_ENVELOPE_DECIMATION,
  NODE_CONFIG_EPOCH,
  NODE_CONFIG_FLAGS,
  NODE_CONFIG_NANO_G_PER_COUNT,
  NODE_CONFIG_PUBLISHER_ID,
  NODE_CONFIG_SAMPLE_RATE_HZ,
  NODE_CONFIG_SHAFT_MILLI_HZ,
  NODE_CONFIG_SIZE,
  NODE_CONFIG_SOURCE_NAME,
  NODE_CONFIG_VALUE_SIZE,
  NODE_CONFIG_VALUE_VERSION,
  NODE_CONFIG_VERSION,
  NODE_CONFIG_WINDOW_LIMIT,
  NODE_CONFIG_WRITER_GROUP_ID,
  NODE_FLAG_KEEP_ENTRIES,
  PICTURE_ENVELOPE_COUNT,
  PICTURE_SPECTRUM_COUNT,
  PICTURE_WAVEFORM_COUNT,
  STATUS_BAD_CONFIG,
  STATUS_END,
  STATUS_FULL,
  WRITER_ENVELOPE,
  WRITER_FEATURES,
  WRITER_SPECTRUM,
  WRITER_WAVEFORM,
} from "../../assembly/base/spec";
import {
  vibrationEnvelope,
  vibrationFeatures,
  vibrationInit,
  vibrationSize,
  vibrationSpectrum,
  vibrationWindow,
} from "../../assembly/dsp/vibration";
import { regionAllocate, regionsInit } from "../../assembly/memory/regions";
import {
  entriesIllegalSteps,
  entriesInit,
  entriesMap,
  entriesPublish,
  putArray,
  putU32,
} from "./entries";
import { keepOpen, keepPass } from "./keep";
import { configRead, memorySize } from "./port";
import { publisherInit, publisherRefused, publisherSend, publisherSent } from "./publisher";
import { samplerInit, samplerLost, samplerPosition, samplerTick, samplerWindow } from "./sampler";

/** OPC UA DateTime counts 100 ns. */
const DATE_TIME_PER_SECOND: u64 = 10_000_000;
/** Words of the features message's second and third field (spec/frame.md). */
const SETTINGS_COUNT = 5;
const COUNTERS_COUNT = 4;
const SOURCE_NAME_SIZE = 16;

let config: usize = 0;
let samples: usize = 0;
let vibration: usize = 0;
let words: usize = 0;
let windows: u32 = 0;
let positionHigh: u64 = 0;
let positionLow: u32 = 0;

/**
 * Lays the memory out and reads the configuration: the sample rate in Hz, or a status. Once, first.
 */
export function nodeInit(): i32 {
  regionsInit(__heap_base, memorySize());
  config = regionAllocate(NODE_CONFIG_VALUE_SIZE);
  samples = regionAllocate(LIMIT_WINDOW_SIZE * 2);
  vibration = regionAllocate(vibrationSize());
  words = regionAllocate(SETTINGS_COUNT * 4);
  if (config == 0 || samples == 0 || vibration == 0 || words == 0) return STATUS_FULL;
  const size = configRead(config, NODE_CONFIG_VALUE_SIZE);
  if (size < 0) return size;
  if (!isConfigSound(size)) return STATUS_BAD_CONFIG;
  const vibrationStatus = vibrationInit(vibration, config);
  if (vibrationStatus < 0) return vibrationStatus;
  const entriesStatus = entriesInit(load<u32>(config, NODE_CONFIG_PUBLISHER_ID));
  if (entriesStatus < 0) return entriesStatus;
  if (!samplerInit() || !publisherInit(config)) return STATUS_FULL;
  if (load<u32>(config, NODE_CONFIG_FLAGS) & NODE_FLAG_KEEP_ENTRIES) {
    const restored = keepOpen(entriesMap());
    if (restored < 0) return restored;
  }
  return load<i32>(config, NODE_CONFIG_SAMPLE_RATE_HZ);
}

/** The part of the record that no other module checks. */
function isConfigSound(size: i32): bool {
  const group = load<u32>(config, NODE_CONFIG_WRITER_GROUP_ID);
  return (
    size == NODE_CONFIG_VALUE_SIZE &&
    load<i32>(config, NODE_CONFIG_SIZE) == NODE_CONFIG_VALUE_SIZE &&
    load<i32>(config, NODE_CONFIG_VERSION) == NODE_CONFIG_VALUE_VERSION &&
    group >= 1 &&
    group <= 0xffff
  );
}

/** Takes one block from the ADC. Sampling interrupt only. */
export function nodeTick(): void {
  samplerTick();
}

/**
 * 1 when a new window was measured and its entries stored, 0 when none is complete, STATUS_END when
 * the source or the configured number of windows has ended, or another status. Main loop only.
 */
export function nodeMeasure(): i32 {
  const limit = load<u32>(config, NODE_CONFIG_WINDOW_LIMIT);
  if (limit != 0 && windows >= limit) return STATUS_END;
  const taken = samplerWindow(samples);
  if (taken <= 0) return taken;
  const index = vibrationWindow(vibration, samples);
  if (index < 0) return index;
  windows++;
  let status = putArray(WRITER_WAVEFORM, 0, FIELD_TYPE_INT16, samples, PICTURE_WAVEFORM_COUNT);
  status |= putU32(WRITER_WAVEFORM, 1, index);
  const spectrum = vibrationSpectrum(vibration);
  status |= putArray(WRITER_SPECTRUM, 0, FIELD_TYPE_UINT16, spectrum, PICTURE_SPECTRUM_COUNT);
  status |= putU32(WRITER_SPECTRUM, 1, index);
  const envelope = vibrationEnvelope(vibration);
  status |= putArray(WRITER_ENVELOPE, 0, FIELD_TYPE_UINT16, envelope, PICTURE_ENVELOPE_COUNT);
  status |= putU32(WRITER_ENVELOPE, 1, index);
  status |= putFeatures();
  return status < 0 ? STATUS_FULL : 1;
}

/** The features message: figures, settings, counters and the name of the source. */
function putFeatures(): i32 {
  const features = vibrationFeatures(vibration);
  let status = putArray(WRITER_FEATURES, 0, FIELD_TYPE_UINT32, features, FEATURE_VALUE_COUNT);
  store<u32>(words, load<u32>(config, NODE_CONFIG_SAMPLE_RATE_HZ), 0);
  store<u32>(words, load<u32>(config, NODE_CONFIG_NANO_G_PER_COUNT), 4);
  store<u32>(words, load<u32>(config, NODE_CONFIG_SHAFT_MILLI_HZ), 8);
  store<u32>(words, load<u32>(config, NODE_CONFIG_ENVELOPE_DECIMATION), 12);
  store<u32>(words, load<u32>(config, NODE_CONFIG_FLAGS), 16);
  status |= putArray(WRITER_FEATURES, 1, FIELD_TYPE_UINT32, words, SETTINGS_COUNT);
  store<u32>(words, publisherSent(), 0);
  store<u32>(words, samplerLost(), 4);
  store<u32>(words, publisherRefused(), 8);
  store<u32>(words, entriesIllegalSteps(), 12);
  status |= putArray(WRITER_FEATURES, 2, FIELD_TYPE_UINT32, words, COUNTERS_COUNT);
  const name = config + NODE_CONFIG_SOURCE_NAME;
  return status | putArray(WRITER_FEATURES, 3, FIELD_TYPE_BYTE, name, SOURCE_NAME_SIZE);
}

/** Offset of the features of the last measured window (FEATURE record, spec/features.md). */
export function nodeFeatures(): usize {
  return vibrationFeatures(vibration);
}

/**
 * Publishes all entries as a snapshot, sends it, and writes what is to be kept: 1, or a status.
 * Main loop only.
 */
export function nodePublish(): i32 {
  const count = sampleCount();
  const length = entriesPublish(sampleTime(count));
  if (length < 0) return length;
  const frames = publisherSend();
  if (frames < 0) return frames;
  // Pages that could not be written stay dirty and are tried again; the node goes on measuring.
  keepPass(<u32>((count * 1000) / load<u32>(config, NODE_CONFIG_SAMPLE_RATE_HZ)));
  return 1;
}

/** Samples from the first to the newest measured one. Once a window. */
function sampleCount(): u64 {
  const position = samplerPosition();
  if (position < positionLow) positionHigh += 0x1_0000_0000;
  positionLow = position;
  return positionHigh + position;
}

/** DateTime of the newest sample measured, from the sample clock alone. */
function sampleTime(count: u64): i64 {
  const rate = <u64>load<u32>(config, NODE_CONFIG_SAMPLE_RATE_HZ);
  const seconds = count / rate;
  const rest = ((count - seconds * rate) * DATE_TIME_PER_SECOND) / rate;
  return load<i64>(config, NODE_CONFIG_EPOCH) + <i64>(seconds * DATE_TIME_PER_SECOND + rest);
}
