// A Datadog log together with the attributes that its request gave to all logs, so that a copy says
// what the intake would have read: the log's own members win, and tags are added to its tags.

import { ByteWriter, JsonNode, quoteJson } from "../../core/json/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { sameBytes } from "../../core/bytes.ts";
import type { SingleRecord } from "../protocol.ts";

const TAGS = encodeUtf8("ddtags");
const COMMA = encodeUtf8(",");

/**
 * The log as it came if the request gave it nothing. The frame's resource is what it gave: an
 * object.
 */
export function logDocument({ bytes, frame }: SingleRecord): Uint8Array {
  if (frame === undefined) return bytes;
  const log = JsonNode.of(bytes);
  for (const member of JsonNode.of(frame.resource).children) {
    const own = log.children.findLast((one) => sameBytes(one.key, member.key));
    if (own === undefined) log.appendMember(member.key, JsonNode.of(member.text));
    else if (sameBytes(member.key, TAGS) && own.type === "string") {
      own.replace(quoteJson(together(own.string, member.string)));
    }
  }
  return log.print();
}

function together(own: Uint8Array, given: Uint8Array): Uint8Array {
  if (own.length === 0) return given;
  const out = new ByteWriter(own.length + given.length + 1);
  for (const part of [own, COMMA, given]) out.copy(part, 0, part.length);
  return out.finish();
}
