// Reads the query of a tap: which records, how many, for how long, in which form. Says what is
// wrong with it and what is allowed.

import { SIGNALS, type Signal } from "../../policy/index.ts";
import {
  TAP_RECORDS_DEFAULT,
  TAP_RECORDS_MAX,
  TAP_SECONDS_DEFAULT,
  TAP_SECONDS_MAX,
} from "../../core/limits.ts";
import { QueryError, parseEnum, rejectUnknownParams } from "../admin-query.ts";
import type { TapRequest } from "./tap-registry.ts";
import type { TapDecision, TapStage } from "./tap-record.ts";

const KEYS = ["signal", "policy", "decision", "n", "seconds", "format"] as const;
const DECISIONS = ["keep", "edit", "drop"] as const satisfies readonly TapDecision[];
const FORMATS = ["json", "text"] as const;

/** Throws QueryError. */
export function tapRequest(stage: TapStage, query: URLSearchParams): TapRequest {
  rejectUnknownParams(query, KEYS);
  const signals = query.getAll("signal").map((text) => signalOf(text));
  const policies = query.getAll("policy");
  const decisions = query.getAll("decision").map((text) => parseEnum("decision", text, DECISIONS));
  return {
    stage,
    filter: { signals, policies, decisions },
    format: parseEnum("format", query.get("format") ?? "json", FORMATS),
    recordsMax: count("n", query.get("n"), TAP_RECORDS_DEFAULT, TAP_RECORDS_MAX),
    secondsMax: count("seconds", query.get("seconds"), TAP_SECONDS_DEFAULT, TAP_SECONDS_MAX),
  };
}

/** A signal, also in the plural. Throws QueryError. */
export function signalOf(text: string): Signal {
  return parseEnum("signal", text.replace(/s$/, ""), SIGNALS, text);
}

function count(name: string, text: string | null, fallback: number, max: number): number {
  if (text === null) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new QueryError(`${name}=${text}: use a whole number from 1 to ${max}`);
}
