// Numbers that are as good as random and the same each time.

export interface Random {
  /** A whole number of 32 bits. */
  readonly u32: () => number;
  /** From 0 up to 1. */
  readonly float: () => number;
  /** A whole number below another. */
  readonly int: (below: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  readonly hex: (digits: number) => string;
}

const HEX4 = Array.from({ length: 65536 }, (_, n) => n.toString(16).padStart(4, "0"));
export function randomOf(seed: number): Random {
  let a = (seed ^ 0x9e3779b9) >>> 0;
  const next = (): number => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    u32: next,
    float: () => next() / 4294967296,
    int: (n) => next() % n,
    pick: <T>(list: readonly T[]) => list[next() % list.length] as T,
    hex: (digits) => {
      let s = "";
      for (let n = digits; n > 0; n -= 8) {
        const v = next();
        s += (HEX4[v >>> 16] ?? "") + (HEX4[v & 65535] ?? "");
      }
      return s.length === digits ? s : s.slice(0, digits);
    },
  };
}
