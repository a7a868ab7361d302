// A Datadog series in protobuf as the object that its JSON endpoint takes, so that copies can be
// read, and sent again, whatever the client spoke. Source: DataDog/agent-payload,
// proto/metrics/agent_payload.proto; https://docs.datadoghq.com/api/latest/metrics/#submit-metrics.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import type { SingleRecord } from "../protocol.ts";

const { bytes: text, varint, fixed64 } = WireType;
const SeriesTag = {
  resources: tagOf(1, text),
  metric: tagOf(2, text),
  tags: tagOf(3, text),
  points: tagOf(4, text),
  type: tagOf(5, varint),
  unit: tagOf(6, text),
  sourceTypeName: tagOf(7, text),
  interval: tagOf(8, varint),
} as const;
const FIRST_TEXT = tagOf(1, text);
const SECOND_TEXT = tagOf(2, text);
const PointTag = { value: tagOf(1, fixed64), timestamp: tagOf(2, varint) } as const;

/** Undefined if it contains something that does not fit into that object, such as its origin. */
export function seriesDocument({ bytes }: SingleRecord): Uint8Array | undefined {
  const tags: string[] = [];
  const resources: object[] = [];
  const points: object[] = [];
  const members: Record<string, unknown> = {};
  const cursor = new FieldCursor();
  cursor.open(bytes, 0, bytes.length);
  while (cursor.next()) {
    const { tag, start, stop } = cursor;
    switch (tag) {
      case SeriesTag.resources:
        resources.push(resourceOf(bytes, start, stop));
        break;
      case SeriesTag.metric:
        members["metric"] = decodeUtf8(bytes, start, stop);
        break;
      case SeriesTag.tags:
        tags.push(decodeUtf8(bytes, start, stop));
        break;
      case SeriesTag.points:
        points.push(pointOf(bytes, start, stop));
        break;
      case SeriesTag.type:
        members["type"] = varintOf(bytes, start, stop);
        break;
      case SeriesTag.unit:
        members["unit"] = decodeUtf8(bytes, start, stop);
        break;
      case SeriesTag.sourceTypeName:
        members["source_type_name"] = decodeUtf8(bytes, start, stop);
        break;
      case SeriesTag.interval:
        members["interval"] = varintOf(bytes, start, stop);
        break;
      default:
        // Metadata and fields of later versions: the bytes say more than the object would.
        return undefined;
    }
  }
  if (cursor.fault >= 0) return undefined;
  return encodeUtf8(JSON.stringify({ ...members, points, tags, resources }));
}

function resourceOf(bytes: Uint8Array, from: number, to: number): object {
  const cursor = new FieldCursor();
  const resource = { type: "", name: "" };
  cursor.open(bytes, from, to);
  while (cursor.next()) {
    const { tag, start, stop } = cursor;
    if (tag === FIRST_TEXT) resource.type = decodeUtf8(bytes, start, stop);
    else if (tag === SECOND_TEXT) resource.name = decodeUtf8(bytes, start, stop);
  }
  return resource;
}

function pointOf(bytes: Uint8Array, from: number, to: number): object {
  const cursor = new FieldCursor();
  const point = { timestamp: 0, value: 0 };
  cursor.open(bytes, from, to);
  while (cursor.next()) {
    const { tag, start, stop } = cursor;
    if (tag === PointTag.timestamp) point.timestamp = varintOf(bytes, start, stop);
    else if (tag === PointTag.value) point.value = doubleOf(bytes, start);
  }
  return point;
}

function doubleOf({ buffer, byteOffset }: Uint8Array, at: number): number {
  return new DataView(buffer, byteOffset + at, 8).getFloat64(0, true);
}

/** Times and intervals are far below 2^53. */
function varintOf(bytes: Uint8Array, start: number, stop: number): number {
  let value = 0;
  for (let at = stop - 1; at >= start; at--) value = value * 0x80 + ((bytes[at] as number) & 0x7f);
  return value;
}
