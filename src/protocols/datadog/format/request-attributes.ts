// Attributes that a request gives to all of its logs in its query: `ddsource`, `ddtags`, `service`
// and `hostname`, as Datadog's intake takes them. They are read as a separate record that comes
// after each log's own; edits of it are made in the query, because no log holds them.

import { sameBytes } from "../../../core/bytes.ts";
import { JsonNode, quoteJson } from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import type { RecordFrame } from "../../../policy/extension-port.ts";
import {
  type FieldSelector,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../policy/record-port.ts";
import { kindAtSpot, removeSpots, rewriteSpots, textAtSpot } from "./edit-spots.ts";
import { HOST_NAME, TAGS_NAME } from "./log-names.ts";
import { RecordSpots, type Spot } from "./record-spots.ts";

const NAMES = ["ddsource", "service", HOST_NAME, TAGS_NAME];
const NAME_KEYS = NAMES.map((name) => encodeUtf8(name));
const NOTHING = new Uint8Array(0);
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** One `name=value` of a query. */
interface Parameter {
  readonly raw: string;
  /** Index of its name in NAMES; -1: it is not an attribute. */
  readonly name: number;
  /** Decoded UTF-8; only for attributes. */
  readonly value: Uint8Array;
}

/** Immutable; created once for each request. */
export class RequestAttributes {
  /** A JSON object with a member for each parameter that is an attribute, in order. */
  readonly text: Uint8Array;
  /** The frame for copies of the logs. */
  readonly frame: RecordFrame;
  private readonly parameters: readonly Parameter[];

  private constructor(parameters: readonly Parameter[]) {
    this.parameters = parameters;
    const root = JsonNode.of(encodeUtf8("{}"));
    // Of equal keys, the last one counts; of repeated parameters, the first.
    for (const { name, value } of parameters.toReversed()) {
      const key = NAME_KEYS[name];
      if (key !== undefined) root.appendMember(key, JsonNode.of(quoteJson(value)));
    }
    this.text = root.print();
    this.frame = { resource: this.text, scope: NOTHING };
  }

  /** The attributes of a query, which begins with "?" or is empty; undefined: it has none. */
  static of(query: string): RequestAttributes | undefined {
    if (query.length < 2) return undefined;
    const parameters = query.slice(1).split("&").map(parameterOf);
    return parameters.some(({ name }) => name >= 0) ? new RequestAttributes(parameters) : undefined;
  }

  /** The query with these values for its attributes, in order; an undefined one is removed. */
  queryWith(values: readonly (Uint8Array | undefined)[]): string {
    let at = 0;
    const parts = this.parameters.flatMap(({ name, raw, value }): string[] => {
      if (name < 0) return [raw];
      const next = values[at++];
      if (next === undefined) return [];
      if (sameBytes(next, value)) return [raw];
      return [`${raw.slice(0, raw.indexOf("="))}=${percentEncoded(next)}`];
    });
    return parts.length === 0 ? "" : `?${parts.join("&")}`;
  }
}

/**
 * The edits of one request's attributes. Records ask for them one after the other: an operation is
 * carried out for the first record that asks, and applies to all, because they share the
 * attributes.
 */
export class RequestEdits {
  private readonly attributes: RequestAttributes;
  private readonly edited: JsonNode;
  private readonly members: readonly JsonNode[];
  private readonly original: RecordSpots;
  /** The result of each operation, by its selector, which no other operation has. */
  private readonly outcomes = new Map<FieldSelector, boolean>();
  private isEditedByRecord = false;

  constructor(attributes: RequestAttributes) {
    this.attributes = attributes;
    this.edited = JsonNode.of(attributes.text);
    this.members = [...this.edited.children].reverse();
    this.original = new RecordSpots(JsonNode.of(attributes.text));
  }

  /** Edits for one record are not visible to the next, which has the attributes as they came. */
  beginRecord(): void {
    this.isEditedByRecord = false;
  }

  kindAt(selector: FieldSelector): ValueKindIndex {
    const [spot] = this.spotsOf(selector);
    return spot === undefined ? ValueKind.absent : kindAtSpot(spot);
  }

  textAt(selector: FieldSelector): Uint8Array {
    const [spot] = this.spotsOf(selector);
    return spot === undefined ? NOTHING : textAtSpot(spot);
  }

  has(name: Uint8Array): boolean {
    return this.allSpots().named(name).length > 0;
  }

  rewrite(selector: FieldSelector, change: TextChange): boolean {
    return this.once(selector, (spots) => rewriteSpots(spots, change));
  }

  remove(selector: FieldSelector): boolean {
    return this.once(selector, (spots) => {
      removeSpots(spots);
      return spots.length > 0;
    });
  }

  /** The query with all edits; undefined: there were none. */
  query(): string | undefined {
    if (!this.edited.changed) return undefined;
    const left = new Set(this.edited.children);
    const values = this.members.map((member) => (left.has(member) ? member.string : undefined));
    return this.attributes.queryWith(values);
  }

  private once(selector: FieldSelector, edit: (spots: readonly Spot[]) => boolean): boolean {
    let outcome = this.outcomes.get(selector);
    if (outcome === undefined) {
      outcome = edit(new RecordSpots(this.edited).spotsOf(selector));
      this.outcomes.set(selector, outcome);
    }
    if (outcome) this.isEditedByRecord = true;
    return outcome;
  }

  private spotsOf(selector: FieldSelector): readonly Spot[] {
    return this.allSpots().spotsOf(selector);
  }

  private allSpots(): RecordSpots {
    return this.isEditedByRecord ? new RecordSpots(this.edited) : this.original;
  }
}

function parameterOf(raw: string): Parameter {
  const equals = raw.indexOf("=");
  if (equals < 0) return { raw, name: -1, value: NOTHING };
  const key = percentDecoded(raw.slice(0, equals));
  const name = NAME_KEYS.findIndex((one) => sameBytes(one, key));
  const value = name < 0 ? NOTHING : percentDecoded(raw.slice(equals + 1));
  // The empty text says nothing about the logs.
  return { raw, name: value.length === 0 ? -1 : name, value };
}

/** Decodes like forms: a plus is a space, and whatever is not an escape stands for itself. */
function percentDecoded(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] as number;
    const code = c === PERCENT ? hexPair(bytes, i + 1) : -1;
    if (code >= 0) i += 2;
    out[length++] = code >= 0 ? code : c === PLUS ? SPACE : c;
  }
  return out.subarray(0, length);
}

/** The byte that two hexadecimal digits stand for, or -1. */
function hexPair(bytes: Uint8Array, at: number): number {
  const digits = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
  return /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : -1;
}

function percentEncoded(text: Uint8Array): string {
  let out = "";
  for (const c of text) {
    const character = String.fromCharCode(c);
    if (/[A-Za-z0-9._~:,/-]/.test(character)) out += character;
    else out += `%${c.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
