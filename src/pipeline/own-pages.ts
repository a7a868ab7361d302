// Carries out plans in which no upstream has a part: the program's own responses and pages.

import type { EventBus } from "../o11y/event-bus.ts";
import type { AnswerPlan, OwnPlan } from "../protocols/index.ts";
import type { Call } from "./call.ts";
import { ownAnswer } from "./request-meter.ts";

/** A page of the program's own. */
export interface OwnPage {
  /** For example `/_edge/metrics`. */
  readonly path: string;
  /** For example GET and HEAD; others do not come here. */
  readonly methods: readonly string[];
  /** May read the request's body, take its time, and stream. */
  readonly serve: (request: Request, query: URLSearchParams) => Response | Promise<Response>;
}

/** Pages by path. */
export type OwnPages = ReadonlyMap<string, OwnPage>;

export const NO_PAGES: OwnPages = new Map();

export function pagesByPath(pages: readonly OwnPage[]): OwnPages {
  return new Map(pages.map((page) => [page.path, page]));
}

/** The parts of a request that pages use. */
export type OwnCall = Pick<Call, "request" | "bodyBytes" | "routeKind" | "meter">;

/** Rejects with what the page throws, and when there is no such page. */
export async function answerOwn(
  plan: AnswerPlan | OwnPlan,
  { request, bodyBytes, routeKind, meter }: OwnCall,
  bus: EventBus,
  pages: OwnPages,
): Promise<Response> {
  bus.emit("prefilter.decided", { routeKind, decision: "none" });
  if (plan.kind === "answer") return ownAnswer(plan.body, plan.status, plan.headers);
  const page = pages.get(plan.page);
  if (page === undefined) throw new Error(`there is no page ${plan.page}`);
  const response = await page.serve(request, new URLSearchParams(plan.query));
  // Of bodies that say no length it is not known what the page read.
  meter.received(Math.max(0, bodyBytes));
  return response;
}
