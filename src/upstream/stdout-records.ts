// What the embedded upstream prints for a body: one object per record if a protocol knows the body;
// otherwise the elements of an array, a whole document, or one document per line.

import type { Backend } from "../protocols/index.ts";

/** Undefined: the body has no known form. */
export async function recordsOf(
  bytes: Uint8Array,
  contentType: string,
  path: string,
  backends: readonly Backend[],
): Promise<readonly unknown[] | undefined> {
  const isProtobuf = /protobuf/i.test(contentType);
  const text = isProtobuf ? "" : new TextDecoder().decode(bytes);
  const document = parse(text);
  for (const { records } of backends) {
    const known = await records?.({ path, contentType, bytes, document });
    if (known !== undefined) return known;
  }
  if (isProtobuf) return undefined;
  if (document === undefined) return recordsOfLines(text);
  return Array.isArray(document) ? document : [document];
}

function recordsOfLines(text: string): unknown[] | undefined {
  const documents = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parse);
  return documents.includes(undefined) ? undefined : documents;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
