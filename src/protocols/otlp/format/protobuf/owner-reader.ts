// Reads resources and scopes: the Resource and InstrumentationScope messages, each of which may
// come in several parts that merge, and the schema URL.

import { UndecodableError } from "../../../../core/errors.ts";
import { CONTAINER_FIELDS_MAX, OWNER_BYTES_MAX, OWNER_PARTS_MAX } from "../../../../core/limits.ts";
import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { Field, Scope } from "../../../../policy/fields.ts";
import type { Evaluation, FieldValues } from "../../../../policy/record-port.ts";
import { AttributeReader } from "./attribute-reader.ts";
import { ResourceTag, ScopeTag } from "./tags.ts";

/** Malformed messages throw, because they are part of the envelope of records. */
export class OwnerReader {
  private readonly values: FieldValues;
  private readonly attributes: AttributeReader;
  private readonly cursor = new FieldCursor();
  private readonly resourceNode: number;
  private readonly scopeNode: number;
  private readonly resourceUrlSlot: number;
  private readonly scopeUrlSlot: number;
  private readonly nameSlot: number;
  private readonly versionSlot: number;
  private nameAt = 0;
  private nameEnd = 0;
  private versionAt = 0;
  private versionEnd = 0;
  /** What the container may still have: fields, parts, and bytes of these. */
  private fieldsLeft = 0;
  private partsLeft = 0;
  private bytesLeft = 0;

  constructor(evaluation: Evaluation) {
    const { fieldSlots, paths } = evaluation.fields;
    this.values = evaluation.values;
    this.attributes = new AttributeReader(evaluation);
    this.resourceNode = paths.root(Scope.resource);
    this.scopeNode = paths.root(Scope.scope);
    this.resourceUrlSlot = fieldSlots[Field.resource_schema_url] as number;
    this.scopeUrlSlot = fieldSlots[Field.scope_schema_url] as number;
    this.nameSlot = fieldSlots[Field.scope_name] as number;
    this.versionSlot = fieldSlots[Field.scope_version] as number;
  }

  /** Before the parts of a resource or scope. */
  begin(): void {
    this.attributes.begin();
    this.fieldsLeft = CONTAINER_FIELDS_MAX;
    this.partsLeft = OWNER_PARTS_MAX;
    this.bytesLeft = OWNER_BYTES_MAX;
    this.nameAt = this.nameEnd = 0;
    this.versionAt = this.versionEnd = 0;
  }

  /** Counts a field of the container around the parts: all of them are walked in one go. */
  takeField({ fieldAt }: FieldCursor): void {
    if (--this.fieldsLeft < 0) throw new UndecodableError("protobuf: too many fields", fieldAt);
  }

  /** Counts a part: they are read in one go, and edited as well. */
  takePart({ fieldAt, start, stop }: FieldCursor): void {
    this.bytesLeft -= stop - start;
    if (--this.partsLeft >= 0 && this.bytesLeft >= 0) return;
    throw new UndecodableError("protobuf: too large a resource or scope", fieldAt);
  }

  /** One part of a Resource. */
  readResource(bytes: Uint8Array, start: number, end: number): void {
    const { cursor, resourceNode } = this;
    if (resourceNode < 0) return;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag === ResourceTag.attributes) this.readAttribute(resourceNode);
    }
    cursor.check();
  }

  /** One part of an InstrumentationScope. */
  readScope(bytes: Uint8Array, start: number, end: number): void {
    const { cursor, scopeNode } = this;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      switch (cursor.tag) {
        case ScopeTag.name:
          this.nameAt = cursor.start;
          this.nameEnd = cursor.stop;
          break;
        case ScopeTag.version:
          this.versionAt = cursor.start;
          this.versionEnd = cursor.stop;
          break;
        case ScopeTag.attributes:
          if (scopeNode >= 0) this.readAttribute(scopeNode);
          break;
      }
    }
    cursor.check();
  }

  /** After all parts of a resource, with its schema URL. */
  endResource(bytes: Uint8Array, urlAt: number, urlEnd: number): void {
    this.putText(this.resourceUrlSlot, bytes, urlAt, urlEnd);
  }

  /** After all parts of a scope, with its schema URL. */
  endScope(bytes: Uint8Array, urlAt: number, urlEnd: number): void {
    this.putText(this.scopeUrlSlot, bytes, urlAt, urlEnd);
    this.putText(this.nameSlot, bytes, this.nameAt, this.nameEnd);
    this.putText(this.versionSlot, bytes, this.versionAt, this.versionEnd);
  }

  private readAttribute(node: number): void {
    const { bytes, start, stop } = this.cursor;
    if (this.attributes.readEntry(bytes, start, stop, node, 0)) return;
    throw new UndecodableError("protobuf: malformed attribute", start);
  }

  private putText(slot: number, bytes: Uint8Array, start: number, end: number): void {
    if (slot >= 0 && start < end) this.values.putString(slot, bytes, start, end);
  }
}
