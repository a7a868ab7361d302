// What a policy is, after decoding and before compiling: plain immutable data in the
// specification's words. Every written form and wire form is decoded to this (decode/), and
// everything else starts from it (compile/).

/** The kind of telemetry that a policy is for. */
export type Signal = "log" | "metric" | "trace";
/** The kinds of telemetry that policies are for. */
export const SIGNALS = ["log", "metric", "trace"] as const satisfies readonly Signal[];

/**
 * Attribute lists that a path can start in. `record`: log record, any data point, or span; `point`:
 * the current data point, where data points are judged one by one.
 */
export type AttributeScope = "record" | "resource" | "scope" | "event" | "point";

/** Named fields of all signals; which of them a signal has is in fields.ts. */
export type FieldName =
  | "body"
  | "severity_text"
  | "severity_number"
  | "trace_id"
  | "span_id"
  | "parent_span_id"
  | "trace_state"
  | "event_name"
  | "resource_schema_url"
  | "scope_schema_url"
  | "scope_name"
  | "scope_version"
  | "name"
  | "description"
  | "unit"
  | "metric_type"
  | "aggregation_temporality"
  | "span_kind"
  | "span_status"
  | "link_trace_id"
  | "status_message"
  | "is_monotonic";

/**
 * Names a field or an attribute of a record. Attribute paths have at least one segment. With
 * `intoLists`, segments after the first are indices of arrays as well as keys of maps.
 */
export type FieldRef =
  | {
      readonly kind: "field";
      readonly field: FieldName;
      /**
       * The text that OpenTelemetry's dialect reads the field as: upper-case names of enums, the
       * digits of a severity, ids in lower case (which no upper-case literal equals), and "" for
       * the missing parent of a root span.
       */
      readonly as?: "text";
    }
  | {
      readonly kind: "attribute";
      readonly scope: AttributeScope;
      readonly path: readonly string[];
      readonly intoLists?: true;
    };

/** A number as policies write it; 64-bit integers are exact. */
export type NumericScalar =
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number };

/** A value that a matcher compares with. */
export type Scalar =
  | NumericScalar
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly type: "string"; readonly value: string };

/** One end of a range of numbers. */
export interface NumericBound {
  readonly value: NumericScalar;
  readonly inclusive: boolean;
}

/**
 * One condition on one field. `exact` is decoded to `equals` with a string. `gt`, `gte`, `lt` and
 * `lte` are ranges with one bound; a range with both bounds comes from `{min, max}`. Enum selectors
 * (metric type, temporality, span kind and status) are `equals` with the enum's number as int;
 * `event_name` and `link_trace_id` are `equals` with a string. `exists: false` is `exists` with a
 * flipped `negate`. `holds` is what OpenTelemetry's dialect calls `contains`: a string or bytes
 * with this part, or an array with an element that equals it.
 */
export type Condition =
  | { readonly op: "exists" }
  | { readonly op: "equals"; readonly value: Scalar }
  | { readonly op: "starts_with" | "ends_with" | "contains"; readonly text: string }
  | { readonly op: "holds"; readonly value: Scalar }
  | { readonly op: "regex"; readonly pattern: string }
  | { readonly op: "range"; readonly min?: NumericBound; readonly max?: NumericBound };

/** One condition on one field. A policy matches a record if all matchers of a group hold. */
export interface Matcher {
  readonly field: FieldRef;
  readonly condition: Condition;
  readonly negate: boolean;
  /** Applies to string conditions; others ignore it. */
  readonly caseInsensitive: boolean;
}

/** How spans are sampled, by the names that the OpenTelemetry specification uses. */
export type SamplingMode = "hash_seed" | "proportional" | "equalizing";

/** How spans are sampled; `percent` is 0 to 100. */
export interface Sampling {
  readonly percent: number;
  readonly mode: SamplingMode;
  /** Number of hex digits of the threshold that is written, 1 to 14. */
  readonly precision: number;
  readonly hashSeed: number;
  readonly failClosed: boolean;
}

/**
 * How many matching records are kept. `percent` is 0 to 100; `count` and `windowMs` are positive
 * integers.
 */
export type Keep =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  /**
   * For OpenTelemetry's filters: `otel_keep` exempts from all their drops; `otel_drop` drops the
   * rest.
   */
  | { readonly kind: "otel_keep" }
  | { readonly kind: "otel_drop" }
  /** For OpenTelemetry's transforms: decides nothing. */
  | { readonly kind: "otel_pass" }
  | { readonly kind: "percent"; readonly percent: number; readonly key?: FieldRef }
  | {
      readonly kind: "rate";
      readonly count: number;
      readonly windowMs: number;
      readonly key?: FieldRef;
      /** The windows belong to a policy in shadow: they keep no record out. */
      readonly isTried?: true;
    }
  /** Keeps what is left of so many bytes a day; policies that people write never contain it. */
  | {
      readonly kind: "budget";
      readonly budget: string;
      /** Errors are kept whatever is left; rare patterns are kept longer than others. */
      readonly keepsErrors: boolean;
      readonly keepsRare: boolean;
    }
  | ({ readonly kind: "sample" } & Sampling)
  /** For OpenTelemetry's dialect; it never lowers a threshold. */
  | ({ readonly kind: "otel_sample" } & Sampling);

/** Replaces a value or, in a string, what `regex` matches. */
export interface Redact {
  readonly field: FieldRef;
  /** A template if `regex` is given, otherwise literal text. */
  readonly replacement: string;
  readonly regex?: string;
}
/**
 * Gives an attribute another name; with `upsert`, even if that name is taken. In OpenTelemetry's
 * dialect it stays in its map; otherwise it moves to the top level of its list.
 */
export interface Rename {
  readonly from: FieldRef;
  readonly to: string;
  readonly upsert: boolean;
}
/** Adds an attribute or sets a field; with `upsert`, even if there is one already. */
export interface Add {
  readonly field: FieldRef;
  readonly value: Scalar;
  readonly upsert: boolean;
}
/**
 * The edits of records that a policy keeps, in this order. In OpenTelemetry's dialect, each of the
 * four belongs to a stage that all other policies share (transform/stage.ts).
 */
export interface Transform {
  readonly remove: readonly FieldRef[];
  readonly redact: readonly Redact[];
  readonly rename: readonly Rename[];
  readonly add: readonly Add[];
}

/** Which records an extension is offered, depending on what its policy and all others decided. */
export type ExtensionMode = "kept" | "dropped" | "unmatched" | "matched" | "all";
/** What a policy asks of one extension. `config`: bytes that the extension interprets. */
export interface ExtensionUse {
  /** Reverse-domain name, e.g. `com.usetero/s3-dump`. */
  readonly type: string;
  readonly version: string;
  readonly config: Uint8Array;
  readonly mode: ExtensionMode;
}

/** What a policy applies to and what it does: signal, matchers, keep and transform. */
export interface Target {
  readonly signal: Signal;
  /** Written in OpenTelemetry's own dialect, not in tero.policy.v1. */
  readonly dialect?: "otel";
  readonly matchers: readonly Matcher[];
  /**
   * For a policy that is written in groups: the groups after the first, which is `matchers`; may be
   * empty. The policy matches a record if all matchers of any one group hold. See groups.ts.
   */
  readonly otherGroups?: readonly (readonly Matcher[])[];
  readonly keep: Keep;
  readonly transform?: Transform;
}

/**
 * A decoded policy. A policy with errors is inert: it is reported, never evaluated. `target` is
 * absent if the errors left nothing to compile; if both are there, compiling only adds errors (bad
 * regexes). Errors read `<log|metric|trace>: match[i]: <reason>`, `<…>: match_group[g]: match[i]:
 * <reason>`, `log: keep: …`, `log: sample_key: …`, `log: transform: redact[i]: …`.
 */
export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly enabled: boolean;
  /**
   * The percentage of records that it is enforced for. For all other records it is in shadow: what
   * it would do is counted, and nothing is done. 0: for none. Absent: it is enforced for all.
   */
  readonly enforcedPercent?: number;
  readonly target?: Target;
  readonly extensions: readonly ExtensionUse[];
  readonly errors: readonly string[];
}
