// Decodes one policy of a document or a sync response, in either dialect, to the model. All of its
// problems are collected.

import { POLICY_NAME_CHARS_MAX } from "../../core/limits.ts";
import { SIGNALS } from "../model.ts";
import { FaultList } from "../fault-list.ts";
import type { Policy, Signal, Target } from "../model.ts";
import type { Dialect } from "./dialect.ts";
import { extensionsOf } from "./extensions.ts";
import { enforcedPercentOf } from "./labels.ts";
import { logKeepOf, metricKeepOf, traceKeepOf } from "./keep.ts";
import { groupsOf } from "./matchers.ts";
import type { Members } from "./members.ts";
import { flagOf, isObject, knownKeys, labelOf, membersOf } from "./members.ts";
import { DecodeContext } from "./decode-context.ts";
import { isOtelKind, OTEL_KINDS, type OtelKind, otelTargetOf } from "./otel/index.ts";
import { sampleKeyOf, transformOf } from "./transform.ts";

export const POLICY_KEYS = knownKeys(
  "id",
  "name",
  "description",
  "enabled",
  "created_at_unix_nano",
  "modified_at_unix_nano",
  "labels",
  "log",
  "metric",
  "trace",
  "extensions",
  ...OTEL_KINDS,
);
const LOG_KEYS = knownKeys("match", "match_group", "keep", "transform", "sample_key");
const TARGET_KEYS = knownKeys("match", "match_group", "keep");

/**
 * Decodes one policy. Never throws: if there are problems, the policy is inert and carries them.
 */
export function decodePolicy(tree: unknown, dialect: Dialect): Policy {
  const faults = new FaultList();
  const context = new DecodeContext("policy", faults, dialect);
  const members = membersOf(tree, POLICY_KEYS, context);
  if (members === undefined) {
    return { id: "", name: "", enabled: true, extensions: [], errors: faults.all() };
  }
  const id = requiredLabel(members.id, "id", context);
  const isOtel = dialect.isOtel ?? OTEL_KINDS.some((kind) => members[kind] !== undefined);
  // OpenTelemetry's dialect requires no name, and an absent `enabled` on the wire means true.
  const name =
    isOtel && (members.name ?? "") === "" ? id : requiredLabel(members.name, "name", context);
  const description =
    members.description === undefined
      ? undefined
      : labelOf(members.description, "description", context);
  const enabled = flagOf(members.enabled, "enabled", isOtel || dialect.enabledDefault, context);
  const enforcedPercent = enforcedPercentOf(members.labels, context);
  const target = targetOf(members, context);
  if (isOtel && members.extensions !== undefined) {
    context.fail("extensions: not of OpenTelemetry's policies; take them away");
  }
  return {
    id,
    name,
    ...(description === undefined || description === "" ? {} : { description }),
    enabled,
    ...(enforcedPercent === undefined ? {} : { enforcedPercent }),
    ...(target === undefined ? {} : { target }),
    extensions: extensionsOf(members.extensions, context),
    errors: faults.all(),
  };
}

function requiredLabel(raw: unknown, name: string, context: DecodeContext): string {
  const text = raw === undefined ? "" : labelOf(raw, name, context);
  if (text === "") context.fail(`${name} is missing; every policy needs one`);
  if (text === undefined || text.length <= POLICY_NAME_CHARS_MAX) return text ?? "";
  // The id goes into the log, into metrics and, with each sync, to the control plane.
  context.fail(`${name} has ${text.length} characters; give at most ${POLICY_NAME_CHARS_MAX}`);
  return text.slice(0, POLICY_NAME_CHARS_MAX).toWellFormed();
}

function targetOf(members: Members<Signal | OtelKind>, context: DecodeContext): Target | undefined {
  const given = [...SIGNALS, ...OTEL_KINDS].filter((kind) => members[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined) {
    const kinds = context.dialect.isOtel ? OTEL_KINDS : SIGNALS;
    return context.fail(`no target; give one of ${kinds.join(", ")}`);
  }
  if (given.length > 1) {
    return context.fail(`several targets: ${given.join(", ")}; give exactly one`);
  }
  const inside = new DecodeContext(kind, context.faults, context.dialect);
  if (isOtelKind(kind)) return otelTargetOf(kind, members[kind], inside);
  return kind === "log"
    ? logTargetOf(members.log, inside)
    : otherTargetOf(kind, members[kind], inside);
}

function logTargetOf(raw: unknown, context: DecodeContext): Target | undefined {
  const members = membersOf(raw, LOG_KEYS, context);
  if (members === undefined) return undefined;
  const groups = groupsOf(members, "log", context);
  const spelled = isObject(raw) && raw["sampleKey"] !== undefined ? "sampleKey" : "sample_key";
  const key = sampleKeyOf(members.sample_key, spelled, context);
  const keep = logKeepOf(members.keep, key, context);
  const transform = transformOf(members.transform, context);
  return { signal: "log", ...groups, keep, ...(transform === undefined ? {} : { transform }) };
}

function otherTargetOf(
  signal: "metric" | "trace",
  raw: unknown,
  context: DecodeContext,
): Target | undefined {
  const members = membersOf(raw, TARGET_KEYS, context);
  if (members === undefined) return undefined;
  const groups = groupsOf(members, signal, context);
  const keep = (signal === "metric" ? metricKeepOf : traceKeepOf)(members.keep, context);
  return { signal, ...groups, keep };
}
