// A physical model of a rolling bearing with one defect, as an accelerometer sees it.
//
// Used where no recording is at hand. Each strike of the defect rings a structural resonance, so
// the signal is a train of decaying sines on top of shaft harmonics and noise. The strikes slip
// (the rollers do not roll perfectly), and their force follows the load zone. Sources: McFadden and
// Smith, Journal of Sound and Vibration 96 (1984); Antoni and Randall, Mechanical Systems and
// Signal Processing 17 (2003) for the random walk of the slip; Stribeck for the load zone. Same
// seed, same counts. Whatever is fed by this must say "simulated signal"
// (NODE_FLAG_SIMULATED_SIGNAL).
import { Random } from "../base/random.ts";
import { type BearingGeometry, type Defect, defectFrequencies, SKF_6205 } from "./bearing.ts";

export interface BearingModelOptions {
  defect: Defect;
  seed: number;
  /** 12,000 if not given. */
  sampleRateHz?: number;
  /** Shaft speed, 29.95 Hz (1797 rpm) if not given. */
  shaftMilliHz?: number;
  geometry?: BearingGeometry;
  /** Length of the generated piece, which loops without a step; 10 if not given. */
  seconds?: number;
}

/** What the model produced, in counts of NANO_G_PER_COUNT. */
export interface BearingModelSignal {
  samples: Int16Array;
  sampleRateHz: number;
  nanoGPerCount: number;
  shaftMilliHz: number;
  geometry: BearingGeometry;
}

/** 0.1 mg a count: full scale is 3.28 g, as a small MEMS accelerometer. */
const NANO_G_PER_COUNT = 100_000;
/** Lowest mode of the housing that the strikes excite, and its damping ratio. */
const RESONANCE_HZ = 3_000;
const DAMPING = 0.06;
/** Peak of one strike in full load. */
const STRIKE_G = 0.9;
/** Standard deviation of the time between strikes, as a part of it. */
const SLIP = 0.01;
/**
 * A ball strikes the inner race less hard than the outer: two contacts more in the way to the
 * sensor.
 */
const INNER_TRANSFER = 0.8;
const NOISE_G = 0.06;
/** Unbalance, misalignment, looseness: amplitudes in g of the shaft's first three orders. */
const SHAFT_ORDERS_G = [0.03, 0.015, 0.008];
/** A strike has decayed below a thousandth after this many time constants. */
const DECAY_SPAN = 7;

/** A piece of signal that loops: the end runs into the start without a step. */
export function bearingModel(options: BearingModelOptions): BearingModelSignal {
  const sampleRateHz = options.sampleRateHz ?? 12_000;
  const geometry = options.geometry ?? SKF_6205;
  const shaftMilliHz = options.shaftMilliHz ?? 29_950;
  const random = new Random(options.seed);
  const count = Math.round((options.seconds ?? 10) * sampleRateHz);
  const g = new Float64Array(count);
  addShaftOrders(g, shaftMilliHz / 1000, sampleRateHz, random);
  if (options.defect !== "healthy") {
    addStrikes(g, options.defect, geometry, shaftMilliHz / 1000, sampleRateHz, random);
  }
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    const counts = Math.round(((g[i]! + NOISE_G * gaussian(random)) * 1e9) / NANO_G_PER_COUNT);
    samples[i] = Math.max(-32767, Math.min(32767, counts));
  }
  return { samples, sampleRateHz, nanoGPerCount: NANO_G_PER_COUNT, shaftMilliHz, geometry };
}

/** Whole turns only, so that the piece loops; over ten seconds the shaft is at most 0.05 Hz off. */
function addShaftOrders(g: Float64Array, shaftHz: number, rateHz: number, random: Random): void {
  const turns = Math.max(1, Math.round((shaftHz * g.length) / rateHz));
  SHAFT_ORDERS_G.forEach((amplitude, order) => {
    const phase = 2 * Math.PI * random.float();
    const step = (2 * Math.PI * turns * (order + 1)) / g.length;
    for (let i = 0; i < g.length; i++) g[i]! += amplitude * Math.sin(step * i + phase);
  });
}

function addStrikes(
  g: Float64Array,
  defect: Exclude<Defect, "healthy">,
  geometry: BearingGeometry,
  shaftHz: number,
  rateHz: number,
  random: Random,
): void {
  const frequencies = defectFrequencies(geometry, shaftHz);
  const strikeHz = {
    outer: frequencies.bpfoHz,
    inner: frequencies.bpfiHz,
    ball: frequencies.ballHz,
  };
  const loadHz = { outer: 0, inner: shaftHz, ball: frequencies.ftfHz }[defect];
  const seconds = g.length / rateHz;
  const strikes = strikeTimes(strikeHz[defect], seconds, random);
  // The turn of the load zone fits the piece as well, or its force would jump at the seam.
  const loadTurns = Math.round(loadHz * seconds);
  const ring = resonance(rateHz);
  strikes.forEach((time, index) => {
    const force = loadZone(2 * Math.PI * loadTurns * (time / seconds));
    const transfer = defect === "ball" && index % 2 === 1 ? INNER_TRANSFER : 1;
    ring(g, time * rateHz, STRIKE_G * force * transfer * (1 + 0.1 * gaussian(random)));
  });
}

/**
 * Times in [0, seconds): a random walk of slip, stretched so that a whole number of strikes fills
 * the piece.
 */
function strikeTimes(strikeHz: number, seconds: number, random: Random): number[] {
  const count = Math.max(2, Math.round(strikeHz * seconds));
  const times: number[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    times.push(total);
    total += 1 + SLIP * gaussian(random);
  }
  const start = random.float();
  return times.map((time) => ((time + start) * seconds) / total).map((time) => time % seconds);
}

/** Adds a decaying sine that starts between two samples and wraps around the end of the piece. */
function resonance(rateHz: number): (g: Float64Array, start: number, amplitude: number) => void {
  // Below the resonance's Nyquist rate the sensor sees the highest mode it can.
  const resonanceHz = Math.min(RESONANCE_HZ, 0.27 * rateHz);
  const decayRate = (2 * Math.PI * resonanceHz * DAMPING) / rateHz;
  const step = (2 * Math.PI * resonanceHz) / rateHz;
  const span = Math.ceil(DECAY_SPAN / decayRate);
  return (g, start, amplitude) => {
    const first = Math.ceil(start);
    for (let i = first; i < first + span; i++) {
      const age = i - start;
      g[i % g.length]! += amplitude * Math.exp(-decayRate * age) * Math.sin(step * age);
    }
  };
}

/**
 * Stribeck's load over the angle from the zone's centre, at a clearance that loads half the
 * circumference.
 */
function loadZone(angle: number): number {
  return ((1 + Math.cos(angle)) / 2) ** 1.5;
}

/** Mean 0, deviation 1; Box and Muller, one of the pair. */
function gaussian(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
  return radius * Math.cos(2 * Math.PI * random.float());
}
