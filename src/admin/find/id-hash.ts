// Two hashes of an id that are the same however it is written: as hexadecimal text in any case, or
// as bytes. No object is made per id. Pure.

const OFFSET_A = 0x811c9dc5;
const OFFSET_B = 0x9747b28c;
const PRIME_A = 0x01000193;
const PRIME_B = 0x85ebca6b;

export class IdHash {
  a = 0;
  b = 0;

  begin(): void {
    this.a = OFFSET_A;
    this.b = OFFSET_B;
  }

  /** The characters bytes[start, end). */
  text(bytes: Uint8Array, start: number, end: number): void {
    this.begin();
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      this.#add(byte >= 0x41 && byte <= 0x46 ? byte | 0x20 : byte);
    }
  }

  /** The bytes as hexadecimal. */
  binary(bytes: Uint8Array, start: number, end: number): void {
    this.begin();
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      this.#add(digit(byte >> 4));
      this.#add(digit(byte & 15));
    }
  }

  #add(byte: number): void {
    this.a = Math.imul(this.a ^ byte, PRIME_A);
    this.b = Math.imul((this.b << 13) | (this.b >>> 19), 5) ^ Math.imul(byte + 1, PRIME_B);
  }
}

/** A number that is to tell apart what has equal ids. */
export function salted(hash: number, salt: number): number {
  let mixed = hash ^ Math.imul(salt + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function digit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}
