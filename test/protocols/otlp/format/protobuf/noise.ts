// Random export requests as bytes, with everything that decoders must put up with: fields in any
// order, messages in several parts, unknown fields, groups, varints longer than they need to be.

import { encodeUtf8 } from "../../../../../src/core/utf8.ts";
import type { Signal } from "../../../../../src/policy/index.ts";
import {
  bytes,
  concat,
  double,
  fixed32,
  fixed64,
  group,
  tag,
  varint,
} from "../../../../core/protobuf/pb.ts";

export const KEYS = ["a", "b", "c", "a.b", ""] as const;
const TEXTS = ["", "x", "value", "ünïcode ✓", "ERROR"] as const;

/** Makes one request from a seed; the same seed makes the same bytes. */
export class NoisyRequest {
  private state: number;
  private readonly noisy: boolean;
  constructor(seed: number, noisy: boolean) {
    this.state = seed | 0;
    this.noisy = noisy;
  }

  build(signal: Signal): Uint8Array {
    const resources = [this.len(1, this.resource(signal))];
    return this.message(
      resources,
      this.some(2, () => this.len(1, this.resource(signal))),
    );
  }

  private upTo(max: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (max + 1);
  }
  private pick<T>(...values: readonly T[]): T {
    return values[this.upTo(values.length - 1)]!;
  }
  /** Whether to do something odd, one time in `n`. */
  private odd(n: number): boolean {
    return this.noisy && this.upTo(n - 1) === 0;
  }
  private some(max: number, make: () => Uint8Array): Uint8Array[] {
    return Array.from({ length: this.upTo(max) }, make);
  }
  /** A field that is there most of the time, and now and then twice. */
  private singular(make: () => Uint8Array): Uint8Array[] {
    if (this.odd(6)) return [make(), make()];
    return this.upTo(3) === 0 ? [] : [make()];
  }
  private padding(): number {
    return this.odd(8) ? 1 + this.upTo(3) : 0;
  }
  private int(field: number, value: number | bigint): Uint8Array {
    return concat(tag(field, 0, this.padding() & 3), varint(value, this.padding()));
  }
  private len(field: number, payload: Uint8Array): Uint8Array {
    const size = varint(payload.length, this.padding());
    return concat(tag(field, 2, this.padding() & 3), size, payload);
  }
  private text(field: number): Uint8Array {
    return this.len(field, encodeUtf8(this.pick(...TEXTS)));
  }
  private id(field: number, size: number): Uint8Array {
    const id = new Uint8Array(this.odd(6) ? this.upTo(20) : size);
    if (this.upTo(4) > 0) for (let i = 0; i < id.length; i++) id[i] = this.upTo(255);
    return this.len(field, id);
  }
  private unknown(): Uint8Array {
    const field = 2000 + this.upTo(3);
    switch (this.upTo(4)) {
      case 0:
        return this.int(field, this.upTo(1_000_000));
      case 1:
        return fixed32(field, 5);
      case 2:
        return fixed64(field, 6);
      case 3:
        return this.len(field, encodeUtf8("unknown"));
      default:
        return group(field, this.int(1, 3), group(2, this.text(1)), this.text(7));
    }
  }
  private message(...parts: readonly (readonly Uint8Array[])[]): Uint8Array {
    const fields = parts.flat();
    while (this.odd(5)) fields.splice(this.upTo(fields.length), 0, this.unknown());
    if (this.odd(3)) {
      for (let i = fields.length - 1; i > 0; i--) {
        const j = this.upTo(i);
        [fields[i], fields[j]] = [fields[j]!, fields[i]!];
      }
    }
    return concat(...fields);
  }

  private anyMember(depth: number): Uint8Array {
    switch (this.upTo(depth > 0 ? 6 : 4)) {
      case 0:
        return this.text(1);
      case 1:
        return this.int(2, this.upTo(1));
      case 2:
        return this.int(3, this.pick(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 500n));
      case 3:
        return double(4, this.pick(0, 0.5, -1e300, Number.NaN, Infinity));
      case 4:
        return this.len(7, bytes(...Array.from({ length: this.upTo(3) }, () => this.upTo(255))));
      case 5: {
        const items = this.some(2, () => this.len(1, this.anyValue(depth - 1)));
        return this.len(5, this.message(items));
      }
      default:
        return this.len(6, this.message(this.attributes(1, depth - 1)));
    }
  }
  private anyValue(depth: number): Uint8Array {
    const members = [this.anyMember(depth)];
    while (this.odd(6)) members.push(this.anyMember(depth));
    return this.message(this.odd(8) ? [] : members);
  }
  private attributes(field: number, depth = 3): Uint8Array[] {
    return this.some(4, () => {
      const key = (): Uint8Array => this.len(1, encodeUtf8(this.pick(...KEYS)));
      const value = (): Uint8Array => this.len(2, this.anyValue(depth));
      const fields = this.noisy ? [this.singular(key), this.singular(value)] : [[key()], [value()]];
      return this.len(field, this.message(...fields));
    });
  }

  private resource(signal: Signal): Uint8Array {
    return this.message(
      this.singular(() => this.len(1, this.message(this.attributes(1)))),
      this.some(3, () => this.len(2, this.scope(signal))),
      this.singular(() => this.text(3)),
    );
  }
  private scope(signal: Signal): Uint8Array {
    const own = (): Uint8Array =>
      this.message(
        this.singular(() => this.text(1)),
        this.singular(() => this.text(2)),
        this.attributes(3),
      );
    return this.message(
      this.singular(() => this.len(1, own())),
      this.some(4, () => this.len(2, this.record(signal))),
      this.singular(() => this.text(3)),
    );
  }
  private record(signal: Signal): Uint8Array {
    if (signal === "log") return this.log();
    return signal === "metric" ? this.metric() : this.span();
  }
  log(): Uint8Array {
    return this.message(
      [fixed64(1, 1_700_000_000_000_000_000n)],
      this.singular(() => this.int(2, this.upTo(24))),
      this.singular(() => this.text(3)),
      this.singular(() => this.len(5, this.anyValue(2))),
      this.attributes(6),
      this.singular(() => fixed32(8, 1)),
      this.singular(() => this.id(9, 16)),
      this.singular(() => this.id(10, 8)),
      this.singular(() => this.text(12)),
    );
  }
  private metric(): Uint8Array {
    const row = this.singular(() => {
      const [field, attributes] = this.pick([5, 7], [7, 7], [9, 9], [10, 1], [11, 7]);
      const points = this.some(3, () => {
        const value = field === 5 || field === 7 ? [double(4, 1)] : [];
        return this.len(1, this.message(value, this.attributes(attributes)));
      });
      const sums =
        field === 5 || field === 11 ? [] : this.singular(() => this.int(2, this.upTo(2)));
      return this.len(field, this.message(points, sums));
    });
    return this.message(
      this.singular(() => this.text(1)),
      this.singular(() => this.text(2)),
      this.singular(() => this.text(3)),
      row,
    );
  }
  private span(): Uint8Array {
    const event = (): Uint8Array =>
      this.message(
        this.singular(() => this.text(2)),
        this.attributes(3),
      );
    return this.message(
      this.singular(() => this.id(1, 16)),
      this.singular(() => this.id(2, 8)),
      this.singular(() => this.text(3)),
      this.singular(() => this.id(4, 8)),
      this.singular(() => this.text(5)),
      this.singular(() => this.int(6, this.upTo(6))),
      this.attributes(9),
      this.some(2, () => this.len(11, event())),
      this.some(2, () => this.len(13, this.message(this.singular(() => this.id(1, 16))))),
      this.singular(() =>
        this.len(15, this.message(this.singular(() => this.int(3, this.upTo(3))))),
      ),
      this.singular(() => fixed32(16, 3)),
    );
  }
}
