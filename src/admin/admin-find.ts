// The page /_edge/find: tells where a trace id or a text went, as far as the threads remember.

import type { LocalPage } from "../pipeline/local-pages.ts";
import { FIND_TEXT_CHARS_MAX } from "../core/limits.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { problem } from "../server/local-errors.ts";
import { jsonResponse, page } from "./admin-page.ts";
import { QueryError, rejectUnknownParams } from "./admin-query.ts";
import { howToSwitch } from "./admin-switches.ts";
import type { FindAnswer, FindQuery, Whereabouts } from "./find/sightings.ts";
import { isTraceId } from "./find/trace-ids.ts";
import type { Switches } from "./switches.ts";

/** Answers of the threads that gave one in time. */
export interface FindAnswers {
  readonly asked: number;
  readonly answers: readonly FindAnswer[];
}

export interface FindDeps {
  /** Undefined: `admin.find` is off. */
  readonly find: ((query: FindQuery) => Promise<FindAnswers>) | undefined;
  /** Times that something went on without being read, since the start. */
  readonly unread: () => number;
  readonly switches: Switches;
}

export function findPage(deps: FindDeps): LocalPage {
  const { find, switches } = deps;
  const serve = async (_request: Request, query: URLSearchParams): Promise<Response> => {
    rejectUnknownParams(query, ["trace_id", "text"]);
    if (find === undefined) {
      const message = "nothing is remembered; set admin.find to true and restart";
      return problem(404, "find_disabled", message);
    }
    const asked = queryOf(query);
    // What is found tells what is there.
    if ("text" in asked && !switches.state.payloads) {
      const cure = howToSwitch(switches, "admin.show_payloads");
      return problem(403, "payloads_hidden", `a text is looked for in what records hold; ${cure}`);
    }
    return jsonResponse(findDocument(asked, await find(asked), deps.unread()));
  };
  return page("/_edge/find", serve);
}

function queryOf(query: URLSearchParams): FindQuery {
  const [traceId, text] = [query.get("trace_id"), query.get("text")];
  if ((traceId === null) === (text === null)) throw new QueryError("use trace_id=ID or text=TEXT");
  if (traceId !== null) {
    if (isTraceId(traceId)) return { traceId };
    const forms = "16 or 32 hexadecimal digits, or 17 to 20 decimal ones";
    throw new QueryError(`trace_id=${traceId}: use ${forms}`);
  }
  const given = text ?? "";
  if (given !== "" && given.length <= FIND_TEXT_CHARS_MAX) return { text: given };
  throw new QueryError(`text: use 1 to ${FIND_TEXT_CHARS_MAX} characters`);
}

function findDocument(query: FindQuery, { asked, answers }: FindAnswers, unread: number): unknown {
  const found = answers.flatMap((answer) => answer.found);
  const held = answers.reduce((sum, answer) => sum + answer.held, 0);
  const seen = answers.reduce((sum, answer) => sum + answer.seen, 0);
  const isWhole = asked === answers.length && asked > 0 && unread === 0;
  // Of texts only samples are kept.
  const isCertain = isWhole && held === seen;
  const sinceMs = Math.max(...answers.map((answer) => answer.sinceMs), 0);
  return {
    verdict: verdictOf(found, isCertain),
    ...("traceId" in query ? { trace_id: query.traceId } : { text: query.text }),
    since: new Date(sinceMs).toISOString(),
    threads: { asked, answered: answers.length },
    unread,
    ...("text" in query ? { records_held: held, records_seen: seen } : {}),
    found: merged(found).map(placeDocument),
  };
}

function verdictOf(found: readonly Whereabouts[], isCertain: boolean): string {
  const outcomes = new Set(found.map(({ outcome }) => outcome));
  if (outcomes.size === 2) return "forwarded_and_dropped";
  const [outcome] = outcomes;
  return outcome ?? (isCertain ? "never_seen" : "not_found");
}

/** Of several threads, one line for each outcome, but for records. */
function merged(found: readonly Whereabouts[]): readonly Whereabouts[] {
  const groups = Map.groupBy(found, ({ signal, outcome, policy, wouldDropBy, record }, i) =>
    record === undefined ? JSON.stringify([signal, outcome, policy, wouldDropBy]) : i,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const fromMs = Math.min(...group.map((one) => one.fromMs));
    const toMs = Math.max(...group.map((one) => one.toMs));
    return [{ ...first, fromMs, toMs }];
  });
}

function placeDocument(place: Whereabouts): unknown {
  const { outcome, signal, policy, wouldDropBy, fromMs, toMs, record } = place;
  return {
    outcome,
    signal,
    policy: policy ?? null,
    ...(wouldDropBy === undefined ? {} : { would_drop_by: wouldDropBy }),
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...(record === undefined ? {} : { record: decodeUtf8(record) }),
  };
}
