// Opening protobuf messages for editing, and edits by name, for the tests of the editor.

import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  ProtobufRecordEditor,
  RECORD_LAYOUTS,
} from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import { type FieldSelector, ValueKind } from "../../../../../src/policy/index.ts";
import { bytes, concat, len, text } from "../../../../core/protobuf/pb.ts";
import { attributeSelector } from "../../../../support/fake-evaluation.ts";
import { textChange } from "../../../../support/text-change.ts";

export const attr = (...path: string[]): FieldSelector => attributeSelector("record", ...path);
export const str = (value: string): Uint8Array => text(1, value);
export const kv = (key: string, ...any: Uint8Array[]): Uint8Array =>
  concat(text(1, key), len(2, ...any));
export const map = (...entries: Uint8Array[]): Uint8Array =>
  len(6, ...entries.map((one) => len(1, one)));

export function open(input: Uint8Array, layout = RECORD_LAYOUTS.log): ProtobufRecordEditor {
  const editor = new ProtobufRecordEditor(layout);
  // Inside other bytes, which an editor must neither read nor write.
  const around = concat(bytes(0xff, 0xff), input, bytes(0xff));
  editor.open(layout, around, 2, 2 + input.length);
  return editor;
}
export function result(editor: ProtobufRecordEditor): Uint8Array {
  return editor.bytes.slice(editor.start, editor.end);
}

export const set = (selector: FieldSelector, value: string) => (editor: ProtobufRecordEditor) =>
  editor.find(selector).set(encodeUtf8(value));
export const rewrite =
  (selector: FieldSelector, old: string, value: string) => (editor: ProtobufRecordEditor) =>
    editor
      .find(selector)
      .rewrite(
        textChange((kind, is) =>
          kind === ValueKind.string && decodeUtf8(is) === old ? encodeUtf8(value) : undefined,
        ),
      );
export const remove = (selector: FieldSelector) => (editor: ProtobufRecordEditor) =>
  editor.find(selector).remove();
export const rename =
  (selector: FieldSelector, to: string, upsert: boolean) => (editor: ProtobufRecordEditor) =>
    editor.find(selector).rename(encodeUtf8(to), upsert);
