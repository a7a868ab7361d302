// Names the policy that decided whether a record is kept or dropped, and says why, in words.

import type { Program } from "./compile/program.ts";
import { describeKeep } from "./describe.ts";
import type { RecordExplanation } from "./explanation.ts";
import {
  BUDGET_RANK,
  OTEL_DROP_RANK,
  OTEL_KEEP_RANK,
  OTEL_PASS_RANK,
  OTEL_SAMPLE_RANK,
  RATE_RANK,
} from "./keep/compile-keep.ts";

/** How it was decided. `droppedPoints`: which data points of the record were dropped; "": none. */
export interface Decided {
  readonly kept: boolean;
  readonly decider: number;
  readonly droppedPoints: string;
}

/** `all`: the policies that match; undefined: none does. */
export function explainWinner(
  program: Program,
  all: readonly number[],
  decided: Decided,
): RecordExplanation["winner"] {
  if (all.length === 0) return undefined;
  const { policy, rank } = program.policy(decided.decider);
  const why = rank >= OTEL_DROP_RANK ? whyOtel(program, decided) : whyTero(program, all, decided);
  return { id: policy.id, why };
}

function whyOtel(program: Program, { kept, decider, droppedPoints }: Decided): string {
  const { rank, source } = program.policy(decider);
  const keep = describeKeep(source);
  if (rank === OTEL_PASS_RANK) return `${keep}, which keeps what no policy drops`;
  if (rank >= OTEL_SAMPLE_RANK) return `sampling ${keep} has the highest threshold`;
  if (rank !== OTEL_DROP_RANK) return `${keep}, which exempts from ACTION_DROP`;
  return kept ? `${keep} of ${droppedPoints}` : `${keep}, and no ACTION_KEEP matches`;
}

function whyTero(program: Program, all: readonly number[], { kept, decider }: Decided): string {
  const { ranks } = program;
  const { rank, source } = program.policy(decider);
  const keep = describeKeep(source);
  const matched = all.filter((i) => (ranks[i] as number) < OTEL_DROP_RANK);
  const equals = matched.filter((i) => ranks[i] === rank);
  if (!kept && rank === BUDGET_RANK) return `${keep} has no room for it now`;
  if (matched.length === 1) {
    return `the only match${all.length > 1 ? " of its dialect" : ""}, keep ${keep}${exempting(program, all, kept)}`;
  }
  if (!kept && rank === RATE_RANK) return `keep ${keep} has no room in its window`;
  const lowest = equals.length > 1 ? `; lowest id of ${equals.length} such policies` : "";
  const most = `keep ${keep} is the most restrictive of ${matched.length}`;
  return most + lowest + exempting(program, all, kept);
}

/** What else was needed for the record to stay: a policy that exempts it from drops that match. */
function exempting(program: Program, all: readonly number[], kept: boolean): string {
  const hasRank = (rank: number) => all.find((i) => program.ranks[i] === rank);
  const keep = hasRank(OTEL_KEEP_RANK);
  if (!kept || keep === undefined || hasRank(OTEL_DROP_RANK) === undefined) return "";
  const id = JSON.stringify(program.policy(keep).policy.id);
  return `; ACTION_KEEP of ${id} exempts from ACTION_DROP`;
}
