// What a program asks of the labels of a stream or of the structured metadata of an entry: names of
// attributes, found as policies spell them and as Loki does.

import { encodeUtf8 } from "../../../core/utf8.ts";
import type { AttributeScope } from "../../../policy/model.ts";
import type { FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { dottedName, NameTable } from "../../dotted/index.ts";
import { labelName } from "./label-names.ts";

export class AskedAttributes {
  /** Nobody asks for any. */
  readonly isEmpty: boolean;
  private readonly names: NameTable;
  /** By node, the slots that it is put into. */
  private readonly slots: readonly (readonly number[])[];

  constructor({ refs }: FieldTable, scope: Extract<AttributeScope, "record" | "resource">) {
    const asked = refs.flatMap((ref, slot) => {
      if (ref.kind !== "attribute" || ref.scope !== scope) return [];
      const name = dottedName(ref.path.map((segment) => encodeUtf8(segment)));
      const label = labelName(name);
      return label === name
        ? [{ name, slot }]
        : [
            { name, slot },
            { name: label, slot },
          ];
    });
    this.isEmpty = asked.length === 0;
    this.names = new NameTable(asked.map(({ name }) => name));
    const slots: number[][] = Array.from({ length: this.names.size }, () => []);
    for (const { name, slot } of asked) {
      slots[this.names.findKey(-1, name, 0, name.length)]?.push(slot);
    }
    this.slots = slots;
  }

  /** Puts one attribute, if somebody asks for it. */
  put(
    values: FieldValues,
    names: Uint8Array,
    nameStart: number,
    nameEnd: number,
    texts: Uint8Array,
    start: number,
    end: number,
  ): void {
    const node = this.names.findKey(-1, names, nameStart, nameEnd);
    const slots = node < 0 ? undefined : this.slots[node];
    if (slots === undefined) return;
    for (let i = 0; i < slots.length; i++) {
      values.putString(slots[i] as number, texts, start, end);
    }
  }
}
