// The kinds of value a configuration key can have, each with the sentence that says what is
// allowed. A kind checks one value alone; what must hold between keys is in resolve.ts.

import { CONFIG_TEXT_CHARS_MAX } from "../core/limits.ts";
import { isIP } from "node:net";
import { z } from "zod";

/** What error messages and the reference page say about a key beside its description. */
export interface Hint {
  /** Completes "allowed: ". */
  readonly allowed: string;
  readonly kind: "integer" | "number" | "flag" | "text" | "list" | "map";
  /** How a refused value may be shown: as it is, as a URL without its secrets, or not at all. */
  readonly show: "value" | "url" | "never";
  readonly unit: string | undefined;
}

export const HINTS = z.registry<Hint>();

/** For keys without a hint: schemas of other programs may have none, and get general words. */
export const ANY_TEXT: Hint = { allowed: "text", kind: "text", show: "value", unit: undefined };

/** The schema without default, optional, transforms and the like around it: of what is written. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodPipe) {
      const { in: before, out } = inner.def;
      inner = before instanceof z.ZodTransform ? out : before;
    } else if (WRAPPERS.some((wrapper) => inner instanceof wrapper)) {
      // All of them hold what they wrap under this name.
      inner = (inner as z.ZodOptional).def.innerType;
    } else return inner;
  }
}

const WRAPPERS = [
  z.ZodDefault,
  z.ZodOptional,
  z.ZodPrefault,
  z.ZodNullable,
  z.ZodReadonly,
  z.ZodCatch,
] as const;

/** The hint of a value; undefined for an object of keys. */
export function hintOf(schema: z.core.$ZodType): Hint | undefined {
  const own = HINTS.get(schema);
  if (own !== undefined) return own;
  const inner = bare(schema);
  if (inner !== schema) return hintOf(inner);
  if (inner instanceof z.ZodObject) return undefined;
  if (inner instanceof z.ZodBoolean) return { ...ANY_TEXT, allowed: "true or false", kind: "flag" };
  if (inner instanceof z.ZodArray) return { ...ANY_TEXT, allowed: "a list", kind: "list" };
  if (inner instanceof z.ZodRecord) return { ...ANY_TEXT, allowed: "an object", kind: "map" };
  if (inner instanceof z.ZodEnum) return { ...ANY_TEXT, allowed: inner.options.join(", ") };
  if (!(inner instanceof z.ZodNumber)) return ANY_TEXT;
  const kind = inner.isInt ? "integer" : "number";
  const { minValue, maxValue } = inner;
  const from = isBound(minValue) ? `from ${minValue}` : "";
  const to = isBound(maxValue) ? `to ${maxValue}` : "";
  const noun = kind === "integer" ? "a whole number" : "a number";
  return { ...ANY_TEXT, kind, allowed: [noun, from, to].filter((part) => part !== "").join(" ") };
}

/** Whole numbers end where they are no longer exact, which is not worth mentioning. */
function isBound(value: number | null): boolean {
  return value !== null && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

interface TextOptions {
  readonly allowed: string;
  readonly about: string;
  readonly show?: Hint["show"];
  /** For editors, who cannot run `check`: what a text without `${…}` matches at least. */
  readonly pattern?: string;
  /** For editors as well. */
  readonly examples?: string[];
  /** Undefined when the text is fine, else what is wrong with it ("is not a URL"). */
  readonly check?: (text: string) => string | undefined;
}

/** A string of 1 to 8192 characters that passes `check`. */
export function text({ allowed, about, show = "value", pattern, examples, check }: TextOptions) {
  const isFine = z.check<string>((context) => {
    const fault =
      context.value === "" ? "is empty" : check === undefined ? undefined : check(context.value);
    if (fault === undefined) return;
    context.issues.push({ code: "custom", message: fault, input: context.value });
  });
  const schema = new z.ZodString({
    type: "string",
    checks: [z.maxLength(CONFIG_TEXT_CHARS_MAX), isFine],
  });
  told(schema, {
    minLength: 1,
    ...(pattern === undefined ? {} : { pattern: orVariable(pattern) }),
    ...(examples === undefined ? {} : { examples }),
  });
  return { schema, hint: { allowed, kind: "text", show, unit: undefined }, about } as const;
}

/** What a variable holds is not known before the program runs. */
function orVariable(pattern: string): string {
  return `${pattern}|\\$\\{`;
}

/** Matches the words in any case; JSON Schema has no flag for that. */
function anyCase(words: readonly string[]): string {
  const folded = words.map((word) =>
    word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`),
  );
  return `^(?:${folded.join("|")})$`;
}

interface IntegerOptions {
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
  readonly about: string;
}

/** A whole number in [min, max]. */
export function integer({ min, max, unit, about }: IntegerOptions) {
  const suffix = unit === undefined ? "" : ` ${unit}`;
  const allowed = `${min} to ${max}${suffix}`;
  const schema = new z.ZodNumberFormat({
    type: "number",
    check: "number_format",
    format: "safeint",
    checks: [z.gte(min), z.lte(max)],
  });
  return { schema, hint: { allowed, kind: "integer", show: "value", unit }, about } as const;
}

/** An amount of money: a number, not below 0. */
export function price(about: string) {
  const allowed = `a number from 0 to ${PRICE_MAX}`;
  const schema = new z.ZodNumber({ type: "number", checks: [z.gte(0), z.lte(PRICE_MAX)] });
  const hint = { allowed, kind: "number", show: "value", unit: undefined } as const;
  return { schema, hint, about } as const;
}

/** A part of a whole: a number above 0 and at most 1. */
export function share(about: string) {
  const allowed = "a number above 0, up to 1";
  const schema = new z.ZodNumber({ type: "number", checks: [z.gt(0), z.lte(1)] });
  const hint = { allowed, kind: "number", show: "value", unit: undefined } as const;
  return { schema, hint, about } as const;
}

const PRICE_MAX = 1_000_000_000;

/** true or false. */
export function flag(about: string) {
  const hint = { allowed: "true or false", kind: "flag", show: "value", unit: undefined } as const;
  return { schema: z.boolean(), hint, about } as const;
}

const HOUR_MS = 3_600_000;

/** One of some words, in any case; `also` are other spellings that are taken. */
export function oneOf(words: readonly string[], about: string, also: readonly string[] = []) {
  const known = new Set([...words, ...also]);
  const more = also.length === 0 ? "" : `, also ${also.join(", ")}`;
  return text({
    allowed: `${words.join(", ")}${more}; in any case`,
    about,
    pattern: anyCase([...known]),
    examples: [...words],
    check: (value) => (known.has(value.toLowerCase()) ? undefined : "is not known"),
  });
}

/** A duration of at most an hour. */
export function milliseconds(about: string, min = 1) {
  return integer({ min, max: HOUR_MS, unit: "milliseconds", about });
}

const HTTP_URL = "^[hH][tT][tT][pP][sS]?:";

const GRPC_URL = "^[gG][rR][pP][cC][sS]?:";

const SOCKET_URL = "^[wW][sS][sS]?:";

/** Where telemetry goes. */
export function upstreamUrl(about: string) {
  const allowed = 'an http://, https://, grpc:// or grpcs:// URL, or "stdout:"';
  const pattern = `^stdout:$|${HTTP_URL}|${GRPC_URL}`;
  return text({ allowed, about, show: "url", pattern, check: upstreamUrlFault });
}

/** Where requests over HTTP go. */
export function httpUpstreamUrl(about: string) {
  const allowed = 'an http:// or https:// URL, or "stdout:"';
  const pattern = `^stdout:$|${HTTP_URL}`;
  return text({ allowed, about, show: "url", pattern, check: httpUpstreamUrlFault });
}

/** A URL to fetch. */
export function httpUrl(about: string) {
  return text({
    allowed: "an http:// or https:// URL",
    about,
    show: "url",
    pattern: HTTP_URL,
    check: httpUrlFault,
  });
}

/** A server of Redis or Valkey. */
export function redisUrl(about: string) {
  return text({
    allowed: "a redis:// or rediss:// URL",
    about,
    show: "url",
    pattern: "^[rR][eE][dD][iI][sS][sS]?://",
    check: redisUrlFault,
  });
}

/** A control plane, over HTTP, gRPC or a WebSocket. */
export function syncUrl(about: string) {
  return text({
    allowed: "an http://, https://, grpc://, grpcs://, ws:// or wss:// URL",
    about,
    show: "url",
    pattern: `${HTTP_URL}|${GRPC_URL}|${SOCKET_URL}`,
    check: syncUrlFault,
  });
}

/** A file of certificates or keys. */
export function pemFile(about: string) {
  return text({ allowed: "the path of a PEM file", about });
}

interface Kind<S extends z.ZodType> {
  readonly schema: S;
  readonly hint: Hint;
  readonly about: string;
}

/** `schema`: nobody else's. */
function hinted<S extends z.ZodType>(schema: S, { hint, about }: { hint: Hint; about: string }): S {
  HINTS.add(schema, hint);
  return told(schema, { description: about });
}

/** What `meta` does, without a copy of the schema: making copies is half of a schema's price. */
function told<S extends z.ZodType>(schema: S, about: z.core.GlobalMeta): S {
  z.globalRegistry.add(schema, about);
  return schema;
}

/** A key that may be left out and then has no value. */
export function optional<S extends z.ZodType>(kind: Kind<S>) {
  return hinted(kind.schema.optional(), kind);
}

/** A key that must be there. */
export function required<S extends z.ZodType>(kind: Kind<S>): S {
  return hinted(kind.schema.clone(undefined, { parent: true }), kind);
}

/** A key that has a value when it is left out. */
export function withDefault<S extends z.ZodType>(
  kind: Kind<S>,
  value: z.core.util.NoUndefined<z.output<S>>,
) {
  return hinted(kind.schema.default(value), kind);
}

/** A list of objects or strings; empty when it is left out. */
export function list<S extends z.ZodType>(item: S, allowed: string, about: string) {
  const hint: Hint = { allowed, kind: "list", show: "never", unit: undefined };
  return hinted(z.array(item).default([]), { hint, about });
}

/** Undefined when `value` is an http or https URL with a host, else what is wrong with it. */
function httpUrlFault(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null) return "is not a URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return "is not an http or https URL";
  return url.hash === "" ? undefined : "has a fragment";
}

function redisUrlFault(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null) return "is not a URL";
  if (!/^rediss?:$/.test(url.protocol)) return "is not a redis or rediss URL";
  if (url.hostname === "") return "has no host";
  if (url.search !== "" || url.hash !== "") return "has more than a server and a database";
  return /^\/?\d*$/.test(url.pathname) ? undefined : "has a path that is not a database's number";
}

function httpUpstreamUrlFault(value: string): string | undefined {
  return value === "stdout:" ? undefined : httpUrlFault(value);
}

function syncUrlFault(value: string): string | undefined {
  if (value === "stdout:") return "is no server";
  // What a WebSocket begins as.
  const isSocket = /^wss?:/i.test(value);
  return isSocket ? httpUrlFault(value.replace(/^ws/i, "http")) : upstreamUrlFault(value);
}

function upstreamUrlFault(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^grpcs?:$/.test(url.protocol)) return httpUpstreamUrlFault(value);
  if (url.hostname === "") return "has no host";
  return /^\/?$/.test(url.pathname) && url.search === "" && url.hash === ""
    ? undefined
    : "is more than a server: gRPC has paths of its own";
}

/** Undefined when `value` is an IP address, a host name or `unix:/absolute/path`. */
export function listenAddressFault(value: string): string | undefined {
  if (value.startsWith("unix:")) return unixFault(value);
  return hostFault(value) ? "is not an address" : undefined;
}

/** A host name or an address. */
export function hostName(about: string) {
  return text({
    allowed: "a host name or an address, without a port",
    about,
    check: (value) => (hostFault(value) ? "is not a host name" : undefined),
  });
}

function unixFault(value: string): string | undefined {
  const path = value.slice("unix:".length);
  if (!path.startsWith("/")) return "is not an absolute socket path";
  // sun_path of sockaddr_un holds 108 bytes on Linux, 104 on macOS, with a final zero.
  return Buffer.byteLength(path) > 103 ? "is too long for a socket path" : undefined;
}

function hostFault(host: string): boolean {
  const bare = unbracket(host);
  if (isIP(bare) !== 0) return bare !== host && isIP(bare) !== 6;
  // All digits and dots, but no IPv4 address: a typo, never a host name (RFC 1123 section 2.1).
  if (/^[\d.]+$/.test(host) || host.length > 253) return true;
  return !host
    .split(".")
    .every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
}

/** `[::1]` without its brackets; anything else as it is. */
export function unbracket(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** Undefined when `value` is `host:port`, `[IPv6]:port` or `unix:/absolute/path`. */
export function listenPairFault(value: string): string | undefined {
  if (value.startsWith("unix:")) return unixFault(value);
  const pair = splitListenPair(value);
  if (pair === undefined) return "has no port";
  if (!(pair.port <= 65535)) return "has a port above 65535";
  const bare = unbracket(pair.host);
  // An IPv6 address must be in brackets here, or its last group would read as the port.
  if (hostFault(pair.host) || (bare === pair.host && isIP(bare) === 6)) return "has no valid host";
  return undefined;
}

/** Splits at the last colon; undefined without a decimal port behind it. */
export function splitListenPair(value: string): { host: string; port: number } | undefined {
  const match = /^(.*):(\d{1,6})$/s.exec(value);
  if (match === null) return undefined;
  return { host: match[1] ?? "", port: Number(match[2]) };
}

/** Undefined when `value` is an origin as browsers send it, maybe with stars, or a star alone. */
export function originFault(value: string): string | undefined {
  if (value === "*" || value === "null") return undefined;
  const match = /^[a-z*][a-z\d+.*-]*:\/\/([^/?#@\s]+)(.*)$/i.exec(value);
  if (match === null) return "is not an origin";
  return match[2] === "" ? undefined : "is more than an origin: it ends with the host or the port";
}
