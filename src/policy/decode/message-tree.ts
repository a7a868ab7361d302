// Turns protobuf messages into the plain trees that the decoder reads, so that one decoder serves
// every form. Keys are the lowerCamelCase names; the member of a oneof that is set becomes a plain
// member.

/** The tree of a decoded message. 64-bit integers stay bigint and bytes stay bytes. */
export function messageTree(message: object): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    if (key.startsWith("$")) continue;
    if (isOneof(value)) {
      if (value.case !== undefined) tree[value.case] = valueTree(value.value);
    } else if (value !== undefined) {
      tree[key] = valueTree(value);
    }
  }
  return tree;
}

function valueTree(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Array.isArray(value) ? value.map(valueTree) : messageTree(value);
}

/** Oneofs are the only members of a message that are objects without a type name. */
function isOneof(
  value: unknown,
): value is { readonly case: string | undefined; readonly value?: unknown } {
  return typeof value === "object" && value !== null && "case" in value && !("$typeName" in value);
}
