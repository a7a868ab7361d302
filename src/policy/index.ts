// The product: what a policy is, how a set of policies is compiled, and how records are judged by
// it. Pure: no Bun, no Node, no clock, no randomness and no I/O; all of these are passed in.

export {
  AUTHORING,
  type DecodedSet,
  decodePolicy,
  decodePolicySet,
  decodePolicySteps,
  MANY_POLICIES,
  type Dialect,
  errorPath,
  policyErrors,
  policyPath,
  preview,
  WIRE,
} from "./decode/index.ts";
export {
  BYTE_COUNTS,
  type ByteCount,
  COUNTS,
  type DoneCount,
  type PolicyCount,
  type ShadowCount,
  TRANSFORM_KINDS,
} from "./count-table.ts";
export { type Budget, type BudgetDeps, budgetPolicies, Budgets } from "./budget/budgets.ts";
export type { BudgetDay } from "./budget/budget-terms.ts";
export type { BudgetStatus, DayBudget, SpentDay } from "./budget/day-budget.ts";
export { convertPolicies, type PolicyDialect } from "./convert/convert.ts";
export { ARRIVING_LOSS } from "./convert/samplings.ts";
export { CountsRow, FORGOTTEN_ID, PolicyCounts } from "./counts.ts";
export { type CompiledSet, createEngine, type Engine, limiterKey } from "./engine.ts";
export type { Onlooker } from "./evaluate/onlooker.ts";
export { keepingAll, showing } from "./evaluate/onlooking.ts";
export type { ProgramData } from "./compile/program.ts";
export type { FlatMemory } from "./matching/flat-memory.ts";
export type {
  EngineDeps,
  PolicyEngine,
  PolicyStatus,
  PolicySummary,
  PolicyTotals,
  SnapshotSummary,
  TransformCount,
  StatusDelta,
} from "./engine-port.ts";
export { type ExtensionHandler, type ExtensionHandlers, useFault } from "./extension-handler.ts";
export type { OfferedRecord, OfferSource, RecordEncoding, RecordFrame } from "./extension-port.ts";
export { NO_FRAME, OfferedRecords, Outcome, ROW_WIDTH, RowAt } from "./offered-records.ts";
export type { ExplainingEvaluation } from "./explain.ts";
export type { PointEvaluation } from "./points/point-evaluation.ts";
export type {
  EditExplanation,
  MatcherExplanation,
  NearMiss,
  PolicyExplanation,
  RecordExplanation,
  ShadowExplanation,
} from "./explanation.ts";
export { FaultList, isFaultCount } from "./fault-list.ts";
export {
  Field,
  FIELD_COUNT,
  type FieldIndex,
  FIELDS_OF_SIGNAL,
  Level,
  type LevelIndex,
  Scope,
  SCOPE_COUNT,
  type ScopeIndex,
  type ValueLevelIndex,
} from "./fields.ts";
export type { RateCharge, RateLimiter } from "./keep/rate-limiter.ts";
export { LeaseControl, type LeaseStanding, WINDOW_BEGINNINGS } from "./keep/lease-control.ts";
export { type LeaseAnswer, type LeaseAsk, LeaseLedger } from "./keep/lease-ledger.ts";
export {
  createLeasedRate,
  createSharedRates,
  LeasedRateLimiter,
  type RateKeep,
  type SharedRate,
  threadRateLimiter,
} from "./keep/rate-limiter-shared.ts";
export { groupsOf, keepPlace, placedMatchers, targetPlace, transformPlace } from "./groups.ts";
export {
  type Add,
  type AttributeScope,
  type Condition,
  type ExtensionMode,
  type ExtensionUse,
  type FieldName,
  type FieldRef,
  type Keep,
  type Matcher,
  type NumericBound,
  type NumericScalar,
  type Policy,
  type Redact,
  type Rename,
  type Sampling,
  type SamplingMode,
  type Scalar,
  type Signal,
  SIGNALS,
  type Target,
  type Transform,
} from "./model.ts";
export type { Num } from "./matching/intervals.ts";
export type { Work } from "../core/work.ts";
export { priceWarnings } from "./prices.ts";
export { putInForce } from "./put-in-force.ts";
export {
  type AttributePaths,
  type Evaluation,
  type FieldTable,
  type FieldValues,
  type FilterOptions,
  type FilterOutcome,
  type FoundValues,
  type Pauses,
  type FieldSelector,
  type Reach,
  type RecordEditor,
  type RecordFormat,
  type Settlement,
  type TextChange,
  type TooCostly,
  type Tried,
  type Undecided,
  type UndecidedReason,
  ValueKind,
  type ValuePuts,
  type ValueKindIndex,
  Verdict,
  type VerdictIndex,
  type Would,
} from "./record-port.ts";
export { fillRow, Flow, FLOW_COUNTS, FLOWS } from "./services/flow-counts.ts";
export { type ServiceKey, ServiceLedger } from "./services/service-ledger.ts";
export { ServiceLedgers } from "./services/service-ledgers.ts";
export type { BodyFlow } from "./services/flow-counts.ts";
export type { ServiceSharing } from "./services/service-sharing.ts";
export { inShadow, modeOf, type PolicyMode, ratesOf } from "./shadow/mode.ts";
export { IdTable, type SharedSet, shareSet } from "./share/shared-set.ts";
export { SetEngine } from "./share/set-engine.ts";
export type { RegexValidator } from "../regex/port.ts";
export type { ValueStore } from "./value-store.ts";
export { writtenPolicy } from "./written/written-policy.ts";
