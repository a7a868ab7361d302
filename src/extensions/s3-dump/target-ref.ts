// How policies and control planes refer to targets: a use names one, a broadcast describes one, and
// a capability lists the existing ones. Each is either protobuf of the policy spec or JSON with the
// same members.

import { bytesField, FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";

export interface TargetRef {
  readonly kind: string;
  readonly name: string;
}

/** A target as a control plane describes it; its members are not interpreted here. */
export interface TargetDescription extends TargetRef {
  /** JSON with the same members as those of `s3_dump.targets`. */
  readonly members: unknown;
}

const KIND_TAG = tagOf(1, WireType.bytes);
const NAME_TAG = tagOf(2, WireType.bytes);
const CONFIG_TAG = tagOf(3, WireType.bytes);
const OPEN_BRACE = 0x7b;
const DEFAULT_KIND = "s3";

/** The target that a use of the extension names; undefined if it names none. */
export function targetOfUse(config: Uint8Array): TargetRef | undefined {
  if (config[0] === OPEN_BRACE) {
    const tree = parse(config);
    return refOf(memberOf(tree, "target") ?? tree);
  }
  return refOf(readFields(config));
}

/** Undefined if the bytes are not a description. */
export function describedTarget(config: Uint8Array): TargetDescription | undefined {
  if (config[0] === OPEN_BRACE) {
    const tree = parse(config);
    const ref = refOf(memberOf(tree, "target") ?? tree);
    return ref && { ...ref, members: memberOf(tree, "config") ?? tree };
  }
  const fields = readFields(config);
  const ref = refOf(fields);
  if (ref === undefined) return undefined;
  const members = fields?.config === undefined ? {} : parse(fields.config);
  return { ...ref, members };
}

/** ExtensionTargetRef of the policy spec. */
export function encodeTargetRef({ kind, name }: TargetRef): Uint8Array {
  const fields = [bytesField(KIND_TAG, encodeUtf8(kind)), bytesField(NAME_TAG, encodeUtf8(name))];
  return new Uint8Array(Buffer.concat(fields));
}

export function keyOfTarget({ kind, name }: TargetRef): string {
  return `${kind.toLowerCase()} ${name}`;
}

interface RefFields {
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly config: Uint8Array | undefined;
}

/** Reads ExtensionTargetRef or ExtensionTarget; undefined if it is malformed. */
function readFields(bytes: Uint8Array): RefFields | undefined {
  const cursor = new FieldCursor();
  let kind: string | undefined;
  let name: string | undefined;
  let config: Uint8Array | undefined;
  try {
    cursor.open(bytes, 0, bytes.length);
    while (cursor.next()) {
      const { tag, start, stop } = cursor;
      if (tag === KIND_TAG) kind = decodeUtf8(bytes, start, stop);
      else if (tag === NAME_TAG) name = decodeUtf8(bytes, start, stop);
      else if (tag === CONFIG_TAG) config = bytes.slice(start, stop);
    }
    cursor.check();
  } catch {
    return undefined;
  }
  return { kind, name, config };
}

function refOf(tree: unknown): TargetRef | undefined {
  const name = memberOf(tree, "name");
  const kind = memberOf(tree, "kind") ?? DEFAULT_KIND;
  if (typeof name !== "string" || name === "" || typeof kind !== "string") return undefined;
  return { kind: kind.toLowerCase(), name };
}

function memberOf(tree: unknown, key: string): unknown {
  if (typeof tree !== "object" || tree === null) return undefined;
  return (tree as Readonly<Record<string, unknown>>)[key]; // Any object has members by name.
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    return undefined;
  }
}
