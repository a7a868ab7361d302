// FNV-1a over bytes: 32 bits for hash tables; 64 bits, with a finalizer, for sampling. No strings,
// no BigInt.

export const FNV32_START = 0x811c9dc5 | 0;
export const FNV32_PRIME = 0x01000193;

/** FNV-1a 32 of bytes[start, end), continued from `hash`. */
export function fnv32(
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: number = FNV32_START,
): number {
  let h = hash;
  for (let i = start; i < end; i++) h = Math.imul(h ^ (bytes[i] as number), FNV32_PRIME);
  return h;
}

/** Spreads the entropy of an FNV hash over its low bits, which index power-of-two tables. */
export function spread(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/**
 * A mark made of the length and three of the bytes of a key, in the highest bits: it distinguishes
 * most keys, and costs less than hashing them all.
 */
export function markOfKey(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const first = bytes[start] as number;
  const middle = bytes[start + (length >> 1)] as number;
  const last = bytes[end - 1] as number;
  return Math.imul(first | (middle << 8) | (last << 16) | (length << 24), 0x9e3779b1);
}

/**
 * FNV-1a 64 in 16-bit limbs, least significant first. Reset it, add bytes, then read the low 56
 * bits.
 */
export class Fnv64 {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  reset(): void {
    this.a = 0x2325;
    this.b = 0x8422;
    this.c = 0x9ce4;
    this.d = 0xcbf2;
  }

  addByte(byte: number): void {
    // The prime is 2^40 + 0x1b3.
    const a = this.a ^ byte;
    let carry = a * 0x1b3;
    const lowA = carry & 0xffff;
    carry = this.b * 0x1b3 + (carry >>> 16);
    const lowB = carry & 0xffff;
    carry = this.c * 0x1b3 + (carry >>> 16) + ((a << 8) & 0xffffff);
    const lowC = carry & 0xffff;
    this.d = (this.d * 0x1b3 + Math.floor(carry / 65536) + (this.b << 8)) & 0xffff;
    this.a = lowA;
    this.b = lowB;
    this.c = lowC;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.addByte(bytes[i] as number);
  }

  /**
   * Spreads every bit over all others (MurmurHash3's fmix64): the high bits of FNV-1a hardly differ
   * for texts that differ only in their last bytes. Read the result; reset before adding more.
   */
  finish(): void {
    let low = (this.b << 16) | this.a;
    let high = (this.d << 16) | this.c;
    low ^= high >>> 1;
    [high, low] = product(high, low, 0xff51afd7, 0xed558ccd);
    low ^= high >>> 1;
    [high, low] = product(high, low, 0xc4ceb9fe, 0x1a85ec53);
    low ^= high >>> 1;
    this.a = low & 0xffff;
    this.b = low >>> 16;
    this.c = high & 0xffff;
    this.d = high >>> 16;
  }

  /** Bits 28 to 55. */
  high28(): number {
    return ((this.d & 0xff) * 0x100000 + this.c * 16 + (this.b >>> 12)) & 0xfffffff;
  }

  /** Bits 0 to 27. */
  low28(): number {
    return (this.b & 0xfff) * 65536 + this.a;
  }

  toBigInt(): bigint {
    return (
      (BigInt(this.d) << 48n) | (BigInt(this.c) << 32n) | (BigInt(this.b) << 16n) | BigInt(this.a)
    );
  }
}

/** The low 64 bits of a product, as two 32-bit halves. */
function product(aHigh: number, aLow: number, bHigh: number, bLow: number): [number, number] {
  const high = highHalf(aLow, bLow) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh);
  return [high | 0, Math.imul(aLow, bLow)];
}

/** Bits 32 to 63 of the product of two unsigned 32-bit numbers. */
function highHalf(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65536);
  const carry = aLow * bHigh + (middle % 65536);
  return aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536);
}
