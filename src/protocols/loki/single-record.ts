// Writes an entry with the labels of its stream as a JSON push of that one entry, so that it can be
// understood, and sent again, by itself.

import { ByteWriter } from "../../core/json/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { SingleRecord } from "../protocol.ts";
import { entryOf, labelsOf } from "./backend.ts";

const START = encodeUtf8('{"streams":[{"stream":');
const MIDDLE = encodeUtf8(',"values":[');
const END = encodeUtf8("]}]}");
const NO_LABELS = encodeUtf8("{}");

/** The frame's resource: the object of labels, as it is written. */
export function jsonDocument({ bytes, frame }: SingleRecord): Uint8Array {
  return documentOf(frame?.resource ?? NO_LABELS, bytes);
}

/** The frame's resource: the text of the labels. */
export function protobufDocument({ bytes, frame }: SingleRecord): Uint8Array {
  const { timestamp, line, metadata } = entryOf(bytes);
  const entry = [timestamp, line, ...(metadata === undefined ? [] : [metadata])];
  const labels = labelsOf(frame?.resource ?? NO_LABELS);
  return documentOf(encodeUtf8(JSON.stringify(labels)), encodeUtf8(JSON.stringify(entry)));
}

function documentOf(labels: Uint8Array, entry: Uint8Array): Uint8Array {
  const out = new ByteWriter(labels.length + entry.length + 64);
  for (const part of [START, labels, MIDDLE, entry, END]) out.copy(part, 0, part.length);
  return out.finish();
}
