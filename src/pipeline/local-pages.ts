// Carries out plans that need no upstream: the program's own responses and pages.

import type { EventBus } from "../o11y/event-bus.ts";
import type { RespondPlan, PagePlan } from "../protocols/index.ts";
import type { Call } from "./call.ts";
import { localResponse } from "./request-meter.ts";

/** One of the program's own pages. */
export interface LocalPage {
  /** For example `/_edge/metrics`. */
  readonly path: string;
  /** For example GET and HEAD; requests with other methods do not reach the page. */
  readonly methods: readonly string[];
  /** The page holds nothing but the program's own code, so anyone may have it without the token. */
  readonly isPublic?: boolean;
  /** The page may be requested by any host name: it holds nothing but names and counts. */
  readonly isForAnyHost?: boolean;
  /** May read the request's body, take its time, and stream. */
  readonly serve: (request: Request, query: URLSearchParams) => Response | Promise<Response>;
}

/** Pages by path. */
export type LocalPages = ReadonlyMap<string, LocalPage>;

export const NO_PAGES: LocalPages = new Map();

/** The pages of the program by their path. */
export function pagesByPath(pages: readonly LocalPage[]): LocalPages {
  return new Map(pages.map((page) => [page.path, page]));
}

/** The parts of a request that pages use. */
export type PageCall = Pick<Call, "request" | "bodyBytes" | "routeKind" | "meter">;

/** Rejects with whatever the page throws, and if there is no such page. */
export async function servePage(
  plan: RespondPlan | PagePlan,
  { request, bodyBytes, routeKind, meter }: PageCall,
  bus: EventBus,
  pages: LocalPages,
): Promise<Response> {
  bus.emit("prefilter.decided", { routeKind, decision: "none" });
  if (plan.kind === "respond") return localResponse(plan.body, plan.status, plan.headers);
  const page = pages.get(plan.page);
  if (page === undefined) throw new Error(`there is no page ${plan.page}`);
  const response = await page.serve(request, new URLSearchParams(plan.query));
  // If a body states no length, it is not known how much of it the page read.
  meter.received(Math.max(0, bodyBytes));
  return response;
}
