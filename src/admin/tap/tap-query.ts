// Reads the query of a tap: which records, how many, for how long, and in which form. Errors say
// what is wrong and what is allowed.

import { SIGNALS, type Signal } from "../../policy/index.ts";
import {
  TAP_RECORDS_DEFAULT,
  TAP_RECORDS_MAX,
  TAP_SECONDS_DEFAULT,
  TAP_SECONDS_MAX,
} from "../../core/limits.ts";
import { parseCount, parseEnum, rejectUnknownParams } from "../admin-query.ts";
import type { TapRequest } from "./tap-registry.ts";
import type { TapOutcome, TapStage } from "./tap-record.ts";

const KEYS = [
  "signal",
  "policy",
  "decision",
  "text",
  "n",
  "seconds",
  "per_second",
  "format",
] as const;
const DECISIONS = [
  "keep",
  "edit",
  "drop",
  "would_keep",
  "would_edit",
  "would_drop",
] as const satisfies readonly TapOutcome[];
const FORMATS = ["json", "text", "capture"] as const;

/** Throws QueryError. */
export function tapRequest(stage: TapStage, query: URLSearchParams): TapRequest {
  rejectUnknownParams(query, KEYS);
  const signals = query.getAll("signal").map((text) => signalOf(text));
  const policies = query.getAll("policy");
  const decisions = query.getAll("decision").map((text) => parseEnum("decision", text, DECISIONS));
  const texts = query.getAll("text").filter((text) => text !== "");
  return {
    stage,
    filter: { signals, policies, decisions },
    texts: texts.length === 0 ? undefined : texts,
    perSecondMax: parseCount("per_second", query.get("per_second"), TAP_RECORDS_MAX),
    format: parseEnum("format", query.get("format") ?? "json", FORMATS),
    recordsMax: parseCount("n", query.get("n"), TAP_RECORDS_MAX) ?? TAP_RECORDS_DEFAULT,
    secondsMax: parseCount("seconds", query.get("seconds"), TAP_SECONDS_MAX) ?? TAP_SECONDS_DEFAULT,
  };
}

/** A signal, also in the plural. Throws QueryError. */
export function signalOf(text: string): Signal {
  return parseEnum("signal", text.replace(/s$/, ""), SIGNALS, text);
}
