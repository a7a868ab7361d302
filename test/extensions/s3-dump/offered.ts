// Records as the engine offers them to s3-dump.

import type { ExtensionMode, OfferedRecord, Signal } from "../../../src/policy/index.ts";

export function sourceOf(policy: string, target: object, more: { signal?: Signal } = {}) {
  const config = new TextEncoder().encode(JSON.stringify({ target }));
  const mode: ExtensionMode = "dropped";
  const use = { type: "com.usetero/s3-dump", version: "1.0.0", config, mode };
  return { policy, use, signal: more.signal ?? "log" } as const;
}

const SOURCE = sourceOf("p", { kind: "s3", name: "archive" });

export function offeredOf(
  content: string | Uint8Array,
  more: Partial<OfferedRecord> = {},
): OfferedRecord {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    source: SOURCE,
    matched: true,
    kept: false,
    encoding: "datadog_json",
    bytes,
    frame: undefined,
    ...more,
  };
}
