// Carries out plans that no upstream has a part in: the program's own answers and pages.

import type { EventBus } from "../o11y/event-bus.ts";
import type { AnswerPlan, OwnPlan } from "../protocols/index.ts";
import type { Call } from "./call.ts";
import { ownAnswer } from "./request-meter.ts";

/** What is used of a request. */
export type OwnCall = Pick<Call, "request" | "bodyBytes" | "routeKind" | "meter">;

/** Rejects with what the page throws. */
export async function answerOwn(
  plan: AnswerPlan | OwnPlan,
  { request, bodyBytes, routeKind, meter }: OwnCall,
  bus: EventBus,
): Promise<Response> {
  bus.emit("prefilter.decided", { routeKind, decision: "none" });
  if (plan.kind === "answer") return ownAnswer(plan.body, plan.status, plan.headers);
  const response = await plan.page.serve(request, new URLSearchParams(plan.query));
  // Of bodies that say no length it is not known what the page read.
  meter.received(Math.max(0, bodyBytes));
  return response;
}
