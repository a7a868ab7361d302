// Counts distinct things in bounded memory: HyperLogLog (Flajolet, Fusy, Gandouet and Meunier,
// 2007). Small numbers are exact, by hash; the relative standard error of larger ones is 1.04 /
// √registers. It sees only hashes, which must be well spread (`spread` of core/hash).

/** Hashes that are held as they are; more of them become registers. */
const EXACT_MAX = 48;
/** Below this many times the registers, empty ones are counted instead (the paper's correction). */
const LINEAR_FACTOR = 2.5;

/** What one counted, to be sent and merged: hashes, or registers. */
export type DistinctCounts =
  | { readonly kind: "exact"; readonly hashes: readonly number[] }
  | { readonly kind: "registers"; readonly registers: Uint8Array };

export class HyperLogLog {
  readonly #bits: number;
  #hashes: number[] = [];
  #registers: Uint8Array | undefined;

  /** 2^`bits` registers, of a byte each. */
  constructor(bits: number) {
    this.#bits = bits;
  }

  /** Of what is estimated. */
  static relativeError(bits: number): number {
    return 1.04 / Math.sqrt(2 ** bits);
  }

  /** About as many as it takes. */
  get bytes(): number {
    return this.#registers?.length ?? this.#hashes.length * 8;
  }

  add(hash: number): void {
    const registers = this.#registers;
    if (registers !== undefined) {
      this.#register(registers, hash);
      return;
    }
    if (this.#hashes.includes(hash)) return;
    this.#hashes.push(hash);
    if (this.#hashes.length > EXACT_MAX) this.#becomeRegisters();
  }

  estimate(): number {
    const registers = this.#registers;
    if (registers === undefined) return this.#hashes.length;
    const { length } = registers;
    let sum = 0;
    let empty = 0;
    for (const rank of registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const raw = ((0.7213 / (1 + 1.079 / length)) * length * length) / sum;
    if (raw <= LINEAR_FACTOR * length && empty > 0) {
      return Math.round(length * Math.log(length / empty));
    }
    return Math.round(raw);
  }

  get counts(): DistinctCounts {
    return this.#registers === undefined
      ? { kind: "exact", hashes: this.#hashes }
      : { kind: "registers", registers: this.#registers };
  }

  /** Adds what another one of as many registers counted. */
  merge(counts: DistinctCounts): void {
    if (counts.kind === "exact") {
      for (const hash of counts.hashes) this.add(hash);
      return;
    }
    const registers = this.#registers ?? this.#becomeRegisters();
    for (const [i, rank] of counts.registers.entries()) {
      if (rank > (registers[i] as number)) registers[i] = rank;
    }
  }

  #becomeRegisters(): Uint8Array {
    const registers = new Uint8Array(2 ** this.#bits);
    this.#registers = registers;
    for (const hash of this.#hashes) this.#register(registers, hash);
    this.#hashes = [];
    return registers;
  }

  #register(registers: Uint8Array, hash: number): void {
    const at = hash >>> (32 - this.#bits);
    const rank = Math.clz32((hash << this.#bits) | (1 << (this.#bits - 1))) + 1;
    if (rank > (registers[at] as number)) registers[at] = rank;
  }
}
