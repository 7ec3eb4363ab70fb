// Types of the npm package fft.js 4.0.4, as far as the tests use it; the package brings none.
declare module "fft.js" {
  export default class FFT {
    constructor(size: number);
    createComplexArray(): number[];
    toComplexArray(input: ArrayLike<number>, storage: number[] | null): number[];
    transform(output: number[], input: number[]): void;
    inverseTransform(output: number[], input: number[]): void;
  }
}
