// The envelope spectrum in double precision by the book, to judge signals and bands by.
//
// Band-pass by zeroing bins, analytic signal by dropping negative frequencies, magnitude, mean
// removed, Hann window, spectrum. Source: Randall and Antoni (2011), section 4.2.
import FFT from "fft.js";

export interface EnvelopeSpectrum {
  /** Amplitude of line i, in the unit of the samples. */
  lines: Float64Array;
  /** Distance of two lines in Hz. */
  stepHz: number;
}

/** Of the first `size` samples, a power of two. */
export function envelopeSpectrum(
  samples: ArrayLike<number>,
  rateHz: number,
  lowHz: number,
  highHz: number,
  size: number,
): EnvelopeSpectrum {
  const fft = new FFT(size);
  const spectrum = fft.createComplexArray();
  fft.transform(
    spectrum,
    fft.toComplexArray(
      Array.from({ length: size }, (_, i) => samples[i]!),
      null,
    ),
  );
  for (let bin = 0; bin < size; bin++) {
    const hz = (bin * rateHz) / size;
    if (hz >= lowHz && hz <= highHz) continue;
    spectrum[2 * bin] = 0;
    spectrum[2 * bin + 1] = 0;
  }
  const analytic = fft.createComplexArray();
  fft.inverseTransform(analytic, spectrum);
  const envelope = Array.from(
    { length: size },
    (_, i) => 2 * Math.hypot(analytic[2 * i]!, analytic[2 * i + 1]!),
  );
  const mean = envelope.reduce((sum, value) => sum + value, 0) / size;
  const windowed = envelope.map(
    (value, i) => (value - mean) * (1 - Math.cos((2 * Math.PI * i) / size)),
  );
  fft.transform(spectrum, fft.toComplexArray(windowed, null));
  const lines = Float64Array.from(
    { length: size / 2 },
    (_, i) => (2 * Math.hypot(spectrum[2 * i]!, spectrum[2 * i + 1]!)) / size,
  );
  return { lines, stepHz: rateHz / size };
}

/** Frequency of the strongest line between two frequencies, and its ratio to the median there. */
export function strongestLine(
  spectrum: EnvelopeSpectrum,
  lowHz: number,
  highHz: number,
): { hz: number; snr: number } {
  const first = Math.ceil(lowHz / spectrum.stepHz);
  const lines = spectrum.lines.subarray(first, Math.floor(highHz / spectrum.stepHz) + 1);
  const peak = lines.reduce((best, value, i) => (value > lines[best]! ? i : best), 0);
  const median = lines.slice().sort()[lines.length >> 1]!;
  return { hz: (first + peak) * spectrum.stepHz, snr: lines[peak]! / median };
}
