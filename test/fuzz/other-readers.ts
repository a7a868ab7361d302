// Readers that share no code with the project, which say what is a document.

import { BinaryReader } from "@bufbuild/protobuf/wire";

/** The text as the runtime reads it; a byte order mark is passed over. */
export function parsed(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    return undefined;
  }
}

export function isJsonObject(bytes: Uint8Array): boolean {
  const value = parsed(bytes)?.value;
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isJson(bytes: Uint8Array): boolean {
  return parsed(bytes) !== undefined;
}

/** Whether protobuf's own library walks through the message. */
export function isMessage(bytes: Uint8Array): boolean {
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      reader.skip(type, field);
    }
    return reader.pos === reader.len;
  } catch {
    return false;
  }
}
