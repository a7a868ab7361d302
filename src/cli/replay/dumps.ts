// Reads dumps of failed requests, one per line, as `failure_capture` writes them. Each is read as
// the proxy would read the request; OTLP in protobuf becomes JSON, so that people can read what is
// shown.

import { RECORD_FILE_BYTES_MAX } from "../../core/limits.ts";
import { UndecodableError, errorMessage } from "../../core/errors.ts";
import { canonicalPath, withoutTrailingSlash } from "../../core/paths.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { unpackWhole } from "../../pipeline/coding/inner-coding.ts";
import { DUMP_BEGIN } from "../../pipeline/failures/dump-text.ts";
import { decode } from "../../pipeline/index.ts";
import type { RecordFormat } from "../../policy/index.ts";
import { datadog } from "../../protocols/datadog/index.ts";
import type { FilterPlan, Unpacked } from "../../protocols/index.ts";
import { loki } from "../../protocols/loki/index.ts";
import { otlpDocument } from "../../protocols/otlp/backend-protobuf.ts";
import { otlp } from "../../protocols/otlp/index.ts";
import { Router } from "../../server/router.ts";
import type { RecordBody } from "../policies/records.ts";

/** Whether a capture begins as a dump does. */
export function isDump(block: Uint8Array): boolean {
  return new TextDecoder().decode(block.subarray(0, DUMP_BEGIN.length)) === DUMP_BEGIN;
}

/** Bodies that cannot be read are among them, and throw when that is tried. */
export function* dumpedBodies(block: Uint8Array): Generator<RecordBody> {
  for (const line of new TextDecoder().decode(block).split("\n")) {
    if (line.trim() === "") continue;
    const body = dumpedBody(line);
    if (body !== undefined) yield body;
  }
}

/** What a dump says, as far as it is asked for here. */
interface WrittenDump {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ROUTER = new Router([datadog, loki, otlp].map(({ create }) => create({})));

/** Undefined: the request had no body. */
function dumpedBody(line: string): RecordBody | undefined {
  let dump: WrittenDump;
  try {
    // A file of ours, and if it is none, what is missing throws below.
    dump = JSON.parse(line) as WrittenDump;
  } catch (error) {
    return unreadable(`the dump is damaged: ${errorMessage(error)}`);
  }
  const bytes = Uint8Array.fromBase64(dump.body);
  if (bytes.length === 0) return undefined;
  const { method } = dump;
  const [path = "/"] = dump.target.split("?", 1);
  const query = dump.target.slice(path.length);
  const headers = new Headers(dump.headers);
  const plan = ROUTER.plan({ method, path, query, headers });
  if (plan?.kind !== "filter") return unreadable("nothing here reads such a body");
  const clear = clearBytes(bytes, plan);
  if (clear.kind !== "ok") return unreadable(clear.kind === "corrupt" ? clear.detail : "too large");
  const { signal, format, telemetry } = plan;
  const document = /protobuf/i.test(headers.get("content-type") ?? "")
    ? otlpDocument(clear.bytes, withoutTrailingSlash(canonicalPath(path)), { enumAsInteger: true })
    : undefined;
  if (document !== undefined) {
    return { kind: "otlp", signal, bytes: encodeUtf8(JSON.stringify(document)) };
  }
  return { kind: kindOf(telemetry), signal, bytes: clear.bytes, format };
}

function clearBytes(bytes: Uint8Array, { coding, inner }: FilterPlan): Unpacked {
  const decoded = decode(bytes, coding, RECORD_FILE_BYTES_MAX);
  if (decoded.kind !== "ok" || inner === undefined) return decoded;
  return unpackWhole(inner, decoded.bytes, RECORD_FILE_BYTES_MAX);
}

function kindOf(telemetry: string): RecordBody["kind"] {
  return (["datadog", "loki"] as const).find((name) => telemetry.startsWith(name)) ?? "otlp";
}

function unreadable(detail: string): RecordBody {
  const format: RecordFormat = {
    filter() {
      throw new UndecodableError(detail, 0);
    },
  };
  return { kind: "otlp", signal: "log", bytes: new Uint8Array(), format };
}
