// What the host tests of the signal chain reach: every function of assembly/dsp that has a contract
// of its own.
export { bandEnvelope, bandInit, bandSettle } from "../../../assembly/dsp/bandpass";
export { bearing } from "../../../assembly/dsp/bearing";
export { fftReal } from "../../../assembly/dsp/fft";
export { hann } from "../../../assembly/dsp/hann";
export { magnitudes, median, peakQ16, strongest } from "../../../assembly/dsp/lines";
export { ratioQ16, root32, root64, root64Short, scaled } from "../../../assembly/dsp/root";
export { statistics } from "../../../assembly/dsp/statistics";
export {
  vibrationEnvelope,
  vibrationFeatures,
  vibrationInit,
  vibrationSize,
  vibrationSpectrum,
  vibrationWindow,
} from "../../../assembly/dsp/vibration";
