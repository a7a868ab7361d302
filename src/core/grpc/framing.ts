// The framing of messages in a gRPC stream: a byte that says whether the message is compressed,
// four bytes for its length, then the message.

/** The number of bytes before each message. */
export const PREFIX_BYTES = 5;

/** The prefix of a message. */
export interface MessagePrefix {
  readonly isCompressed: boolean;
  /** The length of the message as it is sent, in bytes. */
  readonly length: number;
}

/**
 * Reads the prefix at the beginning of `bytes`; undefined: it is not a prefix, because the flag is
 * neither 0 nor 1. Requires at least PREFIX_BYTES bytes.
 */
export function prefixOf(bytes: Uint8Array): MessagePrefix | undefined {
  const [flag = 0, a = 0, b = 0, c = 0, d = 0] = bytes;
  if (flag > 1) return undefined;
  return { isCompressed: flag === 1, length: a * 0x1000000 + ((b << 16) | (c << 8) | d) };
}

/** A message with its prefix. */
export function framed(message: Uint8Array, isCompressed = false): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PREFIX_BYTES + message.length);
  bytes[0] = isCompressed ? 1 : 0;
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}
