// Edits the attributes of a line's source: its file, host and container. Values are texts under
// their whole names, dots included.

import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import { Scope } from "../../policy/fields.ts";
import { type FieldSelector, type RecordEditor, ValueKind } from "../../policy/record-port.ts";
import { dottedName } from "../dotted/index.ts";
import { type Spot, SpotEditor } from "./syntax/spot-editor.ts";

/** Attributes of a resource by their names. */
export type ResourceAttributes = ReadonlyMap<string, string>;

export class ResourceEditor extends SpotEditor {
  private attributes: Map<string, string>;
  changed = false;

  constructor(attributes: ResourceAttributes) {
    super();
    this.attributes = new Map(attributes);
  }

  /** As they are now. */
  get result(): ResourceAttributes {
    return this.attributes;
  }

  /** It is in no line. */
  override get length(): number {
    return 0;
  }

  override empty(): void {
    if (this.attributes.size > 0) this.changed = true;
    this.attributes.clear();
  }

  protected override spotsOf(selector: FieldSelector): readonly Spot[] {
    if (selector.field !== -1 || selector.scope !== Scope.resource) return [];
    const name = decodeUtf8(dottedName(selector.path));
    const text = this.attributes.get(name);
    if (text === undefined) return [];
    return [
      {
        kind: ValueKind.string,
        text: encodeUtf8(text),
        set: (next) => this.assign(name, decodeUtf8(next)),
        remove: () => this.take(name),
      },
    ];
  }

  protected override create(selector: FieldSelector, text: Uint8Array): boolean {
    if (selector.field !== -1 || selector.scope !== Scope.resource) return false;
    this.assign(decodeUtf8(dottedName(selector.path)), decodeUtf8(text));
    return true;
  }

  protected override move(
    path: FieldSelector["path"],
    to: FieldSelector["path"],
    upsert: boolean,
  ): boolean {
    const from = decodeUtf8(dottedName(path));
    const name = decodeUtf8(dottedName(to));
    const text = this.attributes.get(from);
    if (text === undefined || (from !== name && this.attributes.has(name) && !upsert)) return false;
    this.take(from);
    this.take(name);
    this.assign(name, text);
    return true;
  }

  private assign(name: string, text: string): void {
    if (this.attributes.get(name) === text) return;
    this.attributes.set(name, text);
    this.changed = true;
  }

  private take(name: string): void {
    if (this.attributes.delete(name)) this.changed = true;
  }
}

/** Lines have no scope that could be edited. */
export const NO_SCOPE: RecordEditor = new ResourceEditor(new Map());
