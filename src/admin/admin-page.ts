// What the pages below /_edge/ share: their errors say what is wrong and what to do, and their
// output contains no secrets and nothing that a terminal would obey.

import type { LocalPage } from "../pipeline/local-pages.ts";
import { printable } from "../core/printable.ts";
import { redactText } from "../core/redact.ts";
import { QueryError } from "./admin-query.ts";
import { localResponse } from "../pipeline/request-meter.ts";
import { problem } from "../server/local-errors.ts";

const TEXT_TYPE = "text/plain; charset=utf-8";
const READS = ["GET", "HEAD"] as const;

/** Answers one request of a page; may throw QueryError. */
export type ServePage = LocalPage["serve"];

/** A page; `methods` default to GET and HEAD. */
export function page(
  path: string,
  serve: ServePage,
  methods: readonly string[] = READS,
): LocalPage {
  return {
    path,
    methods,
    serve: async (request, query) => {
      try {
        return await serve(request, query);
      } catch (error) {
        if (error instanceof QueryError) return problem(400, error.code, error.message);
        throw error;
      }
    },
  };
}

/** A JSON document, indented for people. */
export function jsonResponse(document: unknown, status = 200): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return localResponse(`${printable(JSON.stringify(document, null, 2))}\n`, status, headers);
}

export function textResponse(text: string, status = 200): Response {
  const headers = { "content-type": TEXT_TYPE, "cache-control": "no-store" };
  return localResponse(printable(text), status, headers);
}

/** A copy of plain data in which no text holds a secret. */
export function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, secrets));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutSecrets(one, secrets)]));
}
