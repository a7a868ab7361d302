// What OTLP's messages are made of, in JSON and in protobuf.

import type { Attributes } from "./log-record.ts";

export const quoted = (value: string): string => JSON.stringify(value);
export const textAttribute = (k: string, v: string): string =>
  `{"key":${quoted(k)},"value":{"stringValue":${quoted(v)}}}`;
const numberAttribute = (k: string, v: number): string =>
  `{"key":${quoted(k)},"value":{"intValue":"${v}"}}`;
const attribute = (k: string, v: string | number): string =>
  typeof v === "number" ? numberAttribute(k, v) : textAttribute(k, v);
export const nanos = (ms: number): string => `${ms}000000`;
export const attrsJson = (o: Attributes): string =>
  Object.entries(o)
    .map(([k, v]) => attribute(k, v))
    .join(",");
export const resourceAttrs = (service: string, slim: boolean): Attributes =>
  slim
    ? { "service.name": service }
    : {
        "service.name": service,
        "service.version": "1.4.2",
        "deployment.environment": "production",
        "host.name": `${service}-7d9f`,
        "k8s.namespace.name": "shop",
        "cloud.region": "us-east-1",
      };

/** Writes protobuf, the few wire types that OTLP needs. */
export class Pb {
  private readonly parts: Uint8Array[] = [];
  private len = 0;
  private push(b: Uint8Array): void {
    this.parts.push(b);
    this.len += b.length;
  }
  varint(n: number): this {
    let v = BigInt.asUintN(64, BigInt(n));
    const out: number[] = [];
    do {
      let b = Number(v & 0x7fn);
      v >>= 7n;
      if (v) b |= 0x80;
      out.push(b);
    } while (v);
    this.push(Uint8Array.from(out));
    return this;
  }
  private tag(f: number, w: number): this {
    return this.varint((f << 3) | w);
  }
  u(f: number, n: number): this {
    return this.tag(f, 0).varint(n);
  }
  bytes(f: number, b: Uint8Array): this {
    this.tag(f, 2).varint(b.length);
    this.push(b);
    return this;
  }
  str(f: number, s: string): this {
    return this.bytes(f, Buffer.from(s, "utf8"));
  }
  msg(f: number, m: Pb): this {
    return this.bytes(f, m.done());
  }
  fixed64(f: number, big: string | number): this {
    this.tag(f, 1);
    const b = Buffer.alloc(8);
    b.writeBigUInt64LE(BigInt(big));
    this.push(b);
    return this;
  }
  double(f: number, d: number): this {
    this.tag(f, 1);
    const b = Buffer.alloc(8);
    b.writeDoubleLE(d);
    this.push(b);
    return this;
  }
  packedF64(f: number, list: readonly number[]): this {
    const b = Buffer.alloc(8 * list.length);
    list.forEach((n, i) => b.writeBigUInt64LE(BigInt(n), 8 * i));
    return this.bytes(f, b);
  }
  packedD(f: number, list: readonly number[]): this {
    const b = Buffer.alloc(8 * list.length);
    list.forEach((n, i) => b.writeDoubleLE(n, 8 * i));
    return this.bytes(f, b);
  }
  done(): Buffer {
    return Buffer.concat(this.parts, this.len);
  }
}
export const pbAny = (v: string | number): Pb =>
  typeof v === "number" ? new Pb().u(3, v) : new Pb().str(1, v);
const pbKv = (k: string, v: string | number): Pb => new Pb().str(1, k).msg(2, pbAny(v));
export const pbAttrs = (m: Pb, f: number, o: Attributes): Pb => {
  for (const [k, v] of Object.entries(o)) m.msg(f, pbKv(k, v));
  return m;
};
export const hexBytes = (h: string): Buffer => Buffer.from(h, "hex");
export const pbResource = (service: string, slim: boolean): Pb =>
  pbAttrs(new Pb(), 1, resourceAttrs(service, slim));
export const pbScope = (name: string): Pb => new Pb().str(1, name).str(2, "1.0.0");
