// The page /_edge/explain: takes a body as a client would post it, and says for each record which
// policies match, which one decides and why, and what would be edited. Nothing is forwarded,
// counted or charged.

import type { LocalPage } from "../pipeline/local-pages.ts";
import type { FilterPlan, Plan, RequestHead, Samples, Unpacked } from "../protocols/index.ts";
import {
  type Engine,
  type ExplainingEvaluation,
  type RecordExplanation,
  SIGNALS,
  type Signal,
  Verdict,
  type VerdictIndex,
} from "../policy/index.ts";
import { UndecodableError } from "../core/errors.ts";
import { EXPLAIN_BODY_BYTES_MAX, EXPLAIN_MS_MAX, EXPLAIN_RECORDS_MAX } from "../core/limits.ts";
import { jsonResponse, page } from "./admin-page.ts";
import { parseEnum, rejectUnknownParams, QueryError } from "./admin-query.ts";
import { decode } from "../pipeline/coding/decode.ts";
import { unpackWhole } from "../pipeline/coding/inner-coding.ts";
import { readBounded } from "../pipeline/relay-body.ts";
import { ForwardingEvaluation } from "../pipeline/forwarding-evaluation.ts";
import { problem } from "../server/local-errors.ts";
import { howToSwitch } from "./admin-switches.ts";
import type { Switches } from "./switches.ts";
import { signalOf } from "./tap/tap-query.ts";

export interface ExplainDeps {
  readonly engine: Pick<Engine, "explaining">;
  readonly policies: Pick<Engine, "snapshot">;
  /** What the distribution does with a request of this head. */
  readonly plan: (head: RequestHead) => Plan | undefined;
  /** What clients of each protocol post, by its name, which the query calls its form. */
  readonly samples: ReadonlyMap<string, Samples>;
  /** Explanations quote what records hold. */
  readonly switches: Switches;
  readonly decodedBytesMax: number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export function explainPage(deps: ExplainDeps): LocalPage {
  const serve = async (request: Request, query: URLSearchParams): Promise<Response> => {
    if (!deps.switches.state.payloads) {
      const cure = howToSwitch(deps.switches, "admin.show_payloads");
      return problem(403, "payloads_hidden", `explanations quote records; ${cure}`);
    }
    rejectUnknownParams(query, ["signal", "form"]);
    const text = query.get("signal");
    if (text === null) throw new QueryError(`signal is missing: use ${SIGNALS.join(", ")}`);
    const signal = signalOf(text);
    const asked = query.get("form");
    const named = asked === null ? undefined : parseEnum("form", asked, [...deps.samples.keys()]);
    const body = await bodyOf(request);
    if (body === undefined) {
      const most = `${EXPLAIN_BODY_BYTES_MAX} bytes`;
      return problem(413, "body_too_large", `a body to explain has at most ${most}; send less`);
    }
    const form = named ?? guessedForm(deps, signal, request.headers, body);
    const plan = planFor(deps, form, signal, request.headers);
    if (plan === undefined) return unknownBody(deps, form, signal, request.headers);
    return explained(deps, plan, body);
  };
  return page("/_edge/explain", serve, ["POST"]);
}

async function bodyOf(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > EXPLAIN_BODY_BYTES_MAX) return undefined;
  if (request.body === null) return new Uint8Array(0);
  return readBounded(request.body, EXPLAIN_BODY_BYTES_MAX);
}

/** The protocol that knows a body for its own, or else takes what no other one knows. */
function guessedForm(
  { samples }: ExplainDeps,
  signal: Signal,
  headers: Headers,
  body: Uint8Array,
): string | undefined {
  for (const [form, { recognises }] of samples)
    if (recognises?.(body, headers) === true) return form;
  const able = [...samples].filter(([, { paths }]) => paths[signal] !== undefined);
  const [form] = able.find(([, { recognises }]) => recognises === undefined) ?? able[0] ?? [];
  return form;
}

/** The plan of the module that would have taken it, so that it is read by the same rules. */
function planFor(
  { plan, samples }: ExplainDeps,
  form: string | undefined,
  signal: Signal,
  headers: Headers,
): FilterPlan | undefined {
  const path = form === undefined ? undefined : samples.get(form)?.paths[signal];
  if (path === undefined) return undefined;
  const planned = plan({ method: "POST", path, query: "", headers });
  return planned?.kind === "filter" && planned.signal === signal ? planned : undefined;
}

function unknownBody(
  { samples }: ExplainDeps,
  form: string | undefined,
  signal: Signal,
  headers: Headers,
): Response {
  const type = JSON.stringify(headers.get("content-type") ?? "none");
  const coding = JSON.stringify(headers.get("content-encoding") ?? "none");
  const where = form === undefined ? "" : ` in the form ${form}`;
  const forms = [...samples.keys()].map((name) => `form=${name}`).join(" or ");
  const how = forms === "" ? "" : `, and say which with ${forms}`;
  const message =
    `no ${signal} records are read from content-type ${type} with content-encoding ${coding}` +
    `${where}; send what this distribution evaluates${how}`;
  return problem(415, "unknown_body", message);
}

function explained(deps: ExplainDeps, plan: FilterPlan, received: Uint8Array): Response {
  const { signal } = plan;
  const decoded = clearOf(plan, received, deps.decodedBytesMax);
  if (decoded.kind === "corrupt") return problem(400, "undecodable", decoded.detail);
  if (decoded.kind === "too_large") {
    const message = `more than max_decoded_bytes, ${deps.decodedBytesMax} bytes, when decoded`;
    return problem(413, "decoded_too_large", message);
  }
  const { version } = deps.policies.snapshot;
  const explaining = deps.engine.explaining(signal);
  if (explaining === undefined) {
    const note = `no policy looks at signal ${signal}: its requests are forwarded unread`;
    return jsonResponse({ version, signal, note, explanations: [] });
  }
  const bounded = new BoundedExplaining(explaining, deps.nowMs);
  try {
    const { records, unreadable } = plan.format.filter(decoded.bytes, bounded);
    const { explanations } = explaining;
    const unexplained = Math.max(0, records - explanations.length);
    return jsonResponse({
      version,
      signal,
      records,
      unreadable,
      ...(unexplained > 0 ? { unexplained, note: unexplainedNote() } : {}),
      explanations: explanations.map(documentOf),
    });
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    return problem(400, error.code, error.message);
  }
}

function clearOf({ coding, inner }: FilterPlan, received: Uint8Array, bytesMax: number): Unpacked {
  const outer = decode(received, coding, bytesMax);
  return inner === undefined || outer.kind !== "ok"
    ? outer
    : unpackWhole(inner, outer.bytes, bytesMax);
}

function unexplainedNote(): string {
  return `one body is explained for at most ${EXPLAIN_RECORDS_MAX} records and ${EXPLAIN_MS_MAX} ms`;
}

function documentOf(explanation: RecordExplanation): unknown {
  const { winner = null, ...rest } = explanation;
  return { ...rest, winner };
}

/** Explains the records at the front, and keeps the others without a look. */
class BoundedExplaining extends ForwardingEvaluation {
  readonly #explanations: readonly unknown[];
  readonly #nowMs: () => number;
  readonly #startedMs: number;

  constructor(explaining: ExplainingEvaluation, nowMs: () => number) {
    super(explaining);
    this.#explanations = explaining.explanations;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  override decide(recordBytes: number): VerdictIndex {
    const { length } = this.#explanations;
    const isLate = length > 0 && this.#nowMs() - this.#startedMs >= EXPLAIN_MS_MAX;
    return isLate || length >= EXPLAIN_RECORDS_MAX ? Verdict.keep : super.decide(recordBytes);
  }
}
