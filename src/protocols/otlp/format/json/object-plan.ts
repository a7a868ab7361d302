// Which members of each kind of OTLP/JSON object are read, worked out once per field table: members
// that nobody asks for are skipped like unknown ones. The reader (value-reader.ts) follows these
// plans.

import type { KeyTable } from "../../../../core/json/index.ts";
import { Field, type FieldIndex, Scope } from "../../../../policy/fields.ts";
import type { FieldTable } from "../../../../policy/record-port.ts";
import {
  CONTAINER_KEYS,
  Container,
  DATA_POINT_KEYS,
  EVENT_KEYS,
  LINK_KEYS,
  LOG_RECORD_KEYS,
  Member,
  MEMBER_COUNT,
  METRIC_DATA_KEYS,
  METRIC_KEYS,
  METRIC_TYPES,
  RESOURCE_KEYS,
  SCOPE_KEYS,
  SEVERITY_NUMBERS,
  SPAN_KEYS,
  SPAN_KINDS,
  STATUS_CODES,
  STATUS_KEYS,
  TEMPORALITIES,
} from "./names.ts";

import type { RecordMembers } from "./record-members.ts";

/** What to do with a member's value. */
export const Action = {
  skip: 0,
  /** A string field. */
  text: 1,
  /** An id. */
  id: 2,
  enumeration: 3,
  /** A boolean, which is put when it is true. */
  flag: 4,
  // From here on, values of a member that is repeated merge.
  /** An AnyValue. */
  any: 5,
  /** A list of KeyValue; the slot is the node below which its keys are looked up. */
  attributes: 6,
  object: 7,
  objects: 8,
  /** Data of a metric, or the list of its points, of which the points are counted and no more. */
  countIn: 9,
  count: 10,
} as const;

/** By action, the characters with which its values begin; a null is none, and always fine. */
const BEGINNINGS = new Map<number, string>([
  [Action.text, '"n'],
  [Action.id, '"n'],
  [Action.enumeration, '"n-0123456789'],
  [Action.flag, "tfn"],
  [Action.any, "{n"],
  [Action.attributes, "[n"],
  [Action.object, "{n"],
  [Action.objects, "[n"],
]);

/**
 * How to read one kind of object. Also holds the state of the object of this kind that is being
 * read.
 */
export class ObjectPlan {
  readonly keys: KeyTable;
  /** Action, and slot or node, of each member by id; id 0 are unknown members. */
  readonly actions = new Int32Array(MEMBER_COUNT);
  /**
   * By member, asked for or not, and character: 1 when no value of it begins so. Looked at for each
   * member.
   */
  private readonly odd = new Uint8Array(MEMBER_COUNT << 8);
  readonly slots = new Int32Array(MEMBER_COUNT).fill(-1);
  readonly nested: (ObjectPlan | undefined)[] = Array.from({ length: MEMBER_COUNT });
  readonly enums: (KeyTable | undefined)[] = Array.from({ length: MEMBER_COUNT });
  /** Members of one oneof share a group; all others are alone in theirs. */
  readonly groups = Int32Array.from({ length: MEMBER_COUNT }, (_, id) => id);
  /** Set: the object's being there puts `tagValue` there. */
  tagSlot = -1;
  tagValue = 0;
  /** Where the reader notes the members of the object, once someone edits such objects. */
  marks: RecordMembers | undefined;
  /** Bits of the members that are not skipped. */
  asked = 0;

  /** Bits of the asked members that the current object had so far. */
  seen = 0;
  /** By group: the pending puts of its current member, and which member that is. */
  readonly from = new Int32Array(MEMBER_COUNT);
  readonly to = new Int32Array(MEMBER_COUNT);
  readonly last = new Int32Array(MEMBER_COUNT);

  constructor(keys: KeyTable) {
    this.keys = keys;
  }

  /** Whether anything of such an object is wanted. */
  get wanted(): boolean {
    return this.asked !== 0 || this.tagSlot >= 0;
  }

  /** Whether the member can have a value that begins with this character; a null is none. */
  takes(member: number, c: number): boolean {
    return this.odd[(member << 8) | c] !== 1;
  }

  private expect(member: number, action: number): void {
    const beginnings = BEGINNINGS.get(action) ?? "";
    this.odd.fill(1, member << 8, (member + 1) << 8);
    for (const c of beginnings) this.odd[(member << 8) | c.charCodeAt(0)] = 0;
  }

  private ask(member: number, action: number, slot: number): void {
    this.actions[member] = action;
    this.slots[member] = slot;
    this.asked |= 1 << member;
  }

  field(fields: FieldTable, field: FieldIndex, action: number, names?: KeyTable): void {
    this.fieldAt(fields, field, field + 1, action, names);
  }

  /** The same, but that nobody minds what the member is as long as it is not asked for. */
  fieldIfAsked(fields: FieldTable, field: FieldIndex, action: number): void {
    if ((fields.fieldSlots[field] ?? -1) >= 0) this.field(fields, field, action);
  }

  fieldAt(
    fields: FieldTable,
    field: FieldIndex,
    member: number,
    action: number,
    names?: KeyTable,
  ): void {
    this.expect(member, action);
    const slot = fields.fieldSlots[field] ?? -1;
    if (slot < 0) return;
    this.ask(member, action, slot);
    this.enums[member] = names;
  }

  attributes(node: number): void {
    this.expect(Member.attributes, Action.attributes);
    if (node >= 0) this.ask(Member.attributes, Action.attributes, node);
  }

  /** As child; where nothing is wanted of it, its points are counted. */
  counted(member: number, action: number, plan: ObjectPlan): void {
    this.child(member, action, plan);
    if (plan.wanted) return;
    this.actions[member] = action === Action.objects ? Action.count : Action.countIn;
  }

  child(member: number, action: number, plan: ObjectPlan): void {
    this.expect(member, action);
    if (!plan.wanted) return;
    this.ask(member, action, -1);
    this.nested[member] = plan;
  }
}

/** The plans of one signal under one field table. */
export interface SignalPlans {
  /** Of the request: only its keys matter. */
  readonly root: ObjectPlan;
  readonly resource: ObjectPlan;
  readonly scope: ObjectPlan;
  readonly record: ObjectPlan;
}

export function planSignal(fields: FieldTable): SignalPlans {
  const { signal, paths } = fields;
  const keys = CONTAINER_KEYS[signal];
  const owner = new ObjectPlan(RESOURCE_KEYS);
  owner.attributes(paths.root(Scope.resource));
  const resource = new ObjectPlan(keys.resource);
  resource.child(Container.owner, Action.object, owner);
  resource.fieldAt(fields, Field.resource_schema_url, Container.schemaUrl, Action.text);

  const scopeOwner = new ObjectPlan(SCOPE_KEYS);
  scopeOwner.field(fields, Field.scope_name, Action.text);
  scopeOwner.field(fields, Field.scope_version, Action.text);
  scopeOwner.attributes(paths.root(Scope.scope));
  const scope = new ObjectPlan(keys.scope);
  scope.child(Container.owner, Action.object, scopeOwner);
  scope.fieldAt(fields, Field.scope_schema_url, Container.schemaUrl, Action.text);

  let record = planLogRecord;
  if (signal === "metric") record = planMetric;
  else if (signal === "trace") record = planSpan;
  return { root: new ObjectPlan(keys.root), resource, scope, record: record(fields) };
}

function planLogRecord(fields: FieldTable): ObjectPlan {
  const plan = new ObjectPlan(LOG_RECORD_KEYS);
  plan.field(fields, Field.body, Action.any);
  plan.field(fields, Field.severity_text, Action.text);
  plan.field(fields, Field.severity_number, Action.enumeration, SEVERITY_NUMBERS);
  plan.field(fields, Field.trace_id, Action.id);
  plan.field(fields, Field.span_id, Action.id);
  plan.field(fields, Field.event_name, Action.text);
  plan.attributes(fields.paths.root(Scope.record));
  return plan;
}

function planMetric(fields: FieldTable): ObjectPlan {
  const plan = new ObjectPlan(METRIC_KEYS);
  plan.field(fields, Field.name, Action.text);
  plan.field(fields, Field.description, Action.text);
  plan.field(fields, Field.unit, Action.text);
  const point = new ObjectPlan(DATA_POINT_KEYS);
  point.attributes(fields.paths.root(Scope.record));
  for (const [member, type] of METRIC_TYPES) {
    const data = new ObjectPlan(METRIC_DATA_KEYS);
    data.field(fields, Field.aggregation_temporality, Action.enumeration, TEMPORALITIES);
    if (member === Member.sum) data.fieldIfAsked(fields, Field.is_monotonic, Action.flag);
    data.counted(Member.dataPoints, Action.objects, point);
    data.tagSlot = fields.fieldSlots[Field.metric_type] ?? -1;
    data.tagValue = type;
    plan.counted(member, Action.object, data);
    plan.groups[member] = Member.gauge;
  }
  return plan;
}

function planSpan(fields: FieldTable): ObjectPlan {
  const plan = new ObjectPlan(SPAN_KEYS);
  plan.field(fields, Field.name, Action.text);
  plan.field(fields, Field.trace_id, Action.id);
  plan.field(fields, Field.span_id, Action.id);
  plan.field(fields, Field.parent_span_id, Action.id);
  plan.field(fields, Field.trace_state, Action.text);
  plan.field(fields, Field.span_kind, Action.enumeration, SPAN_KINDS);
  plan.attributes(fields.paths.root(Scope.record));
  const status = new ObjectPlan(STATUS_KEYS);
  status.field(fields, Field.span_status, Action.enumeration, STATUS_CODES);
  status.fieldIfAsked(fields, Field.status_message, Action.text);
  plan.child(Member.status, Action.object, status);
  // An absent status is "unset"; a code that is there replaces this.
  plan.tagSlot = fields.fieldSlots[Field.span_status] ?? -1;
  const event = new ObjectPlan(EVENT_KEYS);
  event.field(fields, Field.event_name, Action.text);
  event.attributes(fields.paths.root(Scope.event));
  plan.child(Member.events, Action.objects, event);
  const link = new ObjectPlan(LINK_KEYS);
  link.field(fields, Field.link_trace_id, Action.id);
  plan.child(Member.links, Action.objects, link);
  return plan;
}
