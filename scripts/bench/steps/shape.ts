// What the shapes of bodies are made of: policies, texts, and fields of protobuf.

import type { RecordFormat, Signal } from "../../../src/policy/index.ts";

/** A body of about so many bytes, and the policy that it is judged by. */
export interface Shape {
  readonly title: string;
  readonly format: RecordFormat;
  readonly body: (bytes: number) => Uint8Array;
  readonly policy?: unknown;
  /** Logs, if nothing else. */
  readonly signal?: Signal;
}

export const LINE = "a log line as they come, with some words in it, ".repeat(8);
export const GROWS = {
  match: [{ log_field: "body", contains: "log line" }],
  keep: "all",
  transform: { add: [{ log_attribute: "seen", value: "x".repeat(200) }] },
};
export const MASKS = {
  match: [{ log_attribute: "asked", exact: "a" }],
  keep: "all",
  transform: { redact: [{ log_attribute: "asked", replacement: "***" }] },
};
/** Twenty names, and policies that edit the values of all of them. */
export const NAMES = Array.from({ length: 20 }, (_, i) => `asked${i}`);
const editing = (match: object, transform: object): object => ({
  match: [match],
  keep: "all",
  transform,
});
export const MASKS_MANY = editing(
  { log_attribute: "asked0", exact: "a" },
  { redact: NAMES.map((name) => ({ log_attribute: name, replacement: "***" })) },
);
export const MASKS_IN_MAP = editing(
  { log_attribute: ["m", "asked0"], exact: "a" },
  { redact: NAMES.map((name) => ({ log_attribute: ["m", name], replacement: "***" })) },
);
export const RENAMES_MANY = editing(
  { log_attribute: "asked0", exact: "a" },
  { rename: NAMES.map((name) => ({ from_log_attribute: name, to: `${name}x` })) },
);
export const MASKS_RESOURCE = editing(
  { log_field: "body", exists: false },
  { redact: NAMES.map((name) => ({ resource_attribute: name, replacement: "***" })) },
);
/** Finds a number now and then, in a text that has some. */
export const HIDES_NUMBERS = {
  match: [{ log_field: "body", exists: true }],
  keep: "all",
  transform: { redact: [{ log_field: "body", regex: "[0-9]{4}", replacement: "****" }] },
};
export const OF_RESOURCES = {
  match: [{ resource_attribute: "service.name", exists: false }],
  keep: "all",
  transform: { add: [{ resource_attribute: "seen", value: "yes" }] },
};
export const OF_A_RESOURCE = {
  match: [{ resource_attribute: "service.name", exact: "a" }],
  keep: "none",
};
export const OF_POINTS = { match: [{ datapoint_attribute: "asked", exact: "b" }], keep: false };
export const OF_EVENTS = {
  match: [{ event_attribute: "asked", exact: "b" }],
  keep: { percentage: 0 },
};
export const OF_LABELS = { match: [{ resource_attribute: "asked", exact: "b" }], keep: "none" };

/** So many bytes of one element again and again. */
export const many = (one: string, bytes: number, comma = ","): string => {
  const count = Math.floor(bytes / (one.length + comma.length));
  return Array.from({ length: count }, () => one).join(comma);
};
export const text = (bytes: number): string => "words of a text ".repeat(bytes / 16);
/** A text in which every sixth character is escaped in JSON. */
export const quoted = (bytes: number): string => '"word" '.repeat(bytes / 9);

/** A length-delimited field. */
export function field(number: number, parts: readonly Uint8Array[] = []): Uint8Array {
  const content = Buffer.concat(parts);
  const head: number[] = [];
  const varint = (value: number): void => {
    for (; value >= 0x80; value >>>= 7) head.push((value & 0x7f) | 0x80);
    head.push(value);
  };
  varint(number * 8 + 2);
  varint(content.length);
  return Buffer.concat([Buffer.from(head), content]);
}
export const repeated = (one: Uint8Array, bytes: number): Uint8Array =>
  Buffer.alloc(bytes - (bytes % one.length), one);
