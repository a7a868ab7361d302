// Recognizes and reads policy files in protobuf. They have no lines, so errors of their policies
// have no places.

import { type Pause, runInSteps } from "../../system/pause.ts";
import type { Policy } from "../../policy/index.ts";

/** Loaded by those that need it: with it come the schemas of all messages. */
const loadWire = () => import("../../policy/wire/index.ts");

const PROTOBUF_NAME = /\.(?:binpb|pb)$/i;
const TEXT_NAME = /\.(?:json|ya?ml)$/i;
/** The tag of the first policy of a set; in text an empty line. */
const POLICIES_TAG = 0x0a;

/**
 * Whether a file is a PolicySet in protobuf: by its name, `.binpb` or `.pb`, or else because it
 * begins as one and holds bytes that neither JSON nor YAML may hold.
 */
export function isPolicySetFile(bytes: Uint8Array, path: string): boolean {
  if (PROTOBUF_NAME.test(path)) return true;
  return bytes[0] === POLICIES_TAG && !TEXT_NAME.test(path) && bytes.some(isControl);
}

function isControl(byte: number): boolean {
  return byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d;
}

/** Rejects with an Error that names no file. */
export async function readPolicySetFile(
  bytes: Uint8Array,
  pause?: Pause,
): Promise<readonly Policy[]> {
  const { readPolicySetSteps } = await loadWire();
  return runInSteps(readPolicySetSteps(bytes), pause);
}
