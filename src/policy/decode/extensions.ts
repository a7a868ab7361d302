// Decodes the extensions that a policy uses. Their configuration is opaque here: it is kept as
// bytes and never interpreted.

import { encodeUtf8 } from "../../core/utf8.ts";
import type { ExtensionUse } from "../model.ts";
import { base64Bytes, jsonBytes } from "./bytes.ts";
import { enumOf, EXTENSION_MODE } from "./enums.ts";
import { isObject, knownKeys, labelOf, listOf, membersOf } from "./members.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";

const EXTENSION_KEYS = knownKeys("type", "version", "config", "mode", "target");

/** One list shared by all policies that use none. */
const NO_USES: readonly ExtensionUse[] = [];

export function extensionsOf(raw: unknown, context: DecodeContext): readonly ExtensionUse[] {
  if (raw === undefined) return NO_USES;
  const uses: ExtensionUse[] = [];
  listOf(raw, "extensions", context).forEach((item, at) => {
    const use = extensionOf(item, context.at(`extensions[${at}]`));
    if (use !== undefined) uses.push(use);
  });
  return uses;
}

function extensionOf(raw: unknown, context: DecodeContext): ExtensionUse | undefined {
  const members = membersOf(raw, EXTENSION_KEYS, context);
  if (members === undefined) return undefined;
  const type = members.type === undefined ? "" : labelOf(members.type, "type", context);
  if (type === "") context.fail('type is missing; give a name such as "com.usetero/s3-dump"');
  const version = members.version === undefined ? "" : labelOf(members.version, "version", context);
  const config = configOf(members.config, members.target, context);
  const mode =
    members.mode === undefined ? "matched" : enumOf(members.mode, EXTENSION_MODE, context);
  if (!type || version === undefined || config === undefined || mode === undefined)
    return undefined;
  return { type, version, config, mode };
}

/**
 * Bytes of the configuration: the JSON of a map; for a string, the bytes of its base64, which is
 * how proto3 JSON writes bytes, or, in files, its text if it is not base64. A `target` next to the
 * configuration is added to it.
 */
function configOf(raw: unknown, target: unknown, context: DecodeContext): Uint8Array | undefined {
  if (target !== undefined) {
    if (raw !== undefined && !isObject(raw)) {
      return context.fail(
        "target stands beside a config that is not a map; put it into the config",
      );
    }
    return bytesOfMap({ ...raw, target }, context);
  }
  if (raw === undefined) return new Uint8Array();
  if (raw instanceof Uint8Array) return raw;
  if (typeof raw === "object") return bytesOfMap(raw, context);
  if (typeof raw !== "string") {
    return context.fail(`config: expected a map or a string, found ${preview(raw)}`);
  }
  const bytes = base64Bytes(raw);
  if (bytes !== undefined) return bytes;
  return context.strict ? encodeUtf8(raw) : context.fail(`config: ${preview(raw)} is not base64`);
}

function bytesOfMap(map: unknown, context: DecodeContext): Uint8Array | undefined {
  return jsonBytes(map) ?? context.fail("config: nested too deep or longer than 1 MiB");
}
