// A map that a team would write by hand: one hash table in shared memory behind one lock.
//
// Open addressing, linear probing, integer keys, values of 64 bytes. The lock is the futex mutex of
// Drepper ("Futexes are tricky", 2011, mutex 2): 0 free, 1 held, 2 held and somebody waits.
const SLOTS = 4096;
const LOCK = 0;
const KEYS = 16;
const VALUE_F64 = 8;

export class MutexMap {
  readonly #words: Int32Array;
  readonly #values: Float64Array;

  /** Over cleared memory at `offset`, a multiple of 64; any thread opens it the same way. */
  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.#words = new Int32Array(buffer, offset, KEYS + 2 * SLOTS);
    const valuesAt = offset + 4 * (KEYS + 2 * SLOTS);
    this.#values = new Float64Array(buffer, valuesAt, SLOTS * VALUE_F64);
  }

  /** The first 8 bytes of the value, 0 if absent. */
  first(key: number): number {
    this.#lock();
    const slot = this.#slot(key);
    const value = this.#words[KEYS + SLOTS + slot] === 1 ? this.#values[slot * VALUE_F64]! : 0;
    this.#unlock();
    return value;
  }

  store(key: number, value: Float64Array): void {
    this.#lock();
    const slot = this.#slot(key);
    this.#words[KEYS + slot] = key;
    this.#words[KEYS + SLOTS + slot] = 1;
    for (let i = 0; i < VALUE_F64; i++) this.#values[slot * VALUE_F64 + i] = value[i]!;
    this.#unlock();
  }

  /** Keeps the slot for the same key: there are more slots than keys. */
  delete(key: number): void {
    this.#lock();
    this.#words[KEYS + SLOTS + this.#slot(key)] = 0;
    this.#unlock();
  }

  /** The slot of the key, or a free one. */
  #slot(key: number): number {
    let slot = (Math.imul(key, 0x9e3779b1) >>> 20) & (SLOTS - 1);
    while (true) {
      const there = this.#words[KEYS + slot]!;
      if (there === key || there === 0) return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #lock(): void {
    let seen = Atomics.compareExchange(this.#words, LOCK, 0, 1);
    while (seen !== 0) {
      if (seen === 2 || Atomics.compareExchange(this.#words, LOCK, 1, 2) !== 0) {
        Atomics.wait(this.#words, LOCK, 2);
      }
      seen = Atomics.compareExchange(this.#words, LOCK, 0, 2);
    }
  }

  #unlock(): void {
    if (Atomics.exchange(this.#words, LOCK, 0) === 2) Atomics.notify(this.#words, LOCK, 1);
  }
}
