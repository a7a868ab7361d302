// A change of texts from a plain function, for tests of editors.

import type { TextChange, ValueKindIndex } from "../../src/policy/record-port.ts";

/** `to`: the new text, or undefined: the value stays. */
export function textChange(
  to: (kind: ValueKindIndex, text: Uint8Array) => Uint8Array | undefined,
): TextChange {
  return {
    text: new Uint8Array(0),
    length: 0,
    applyTo(kind, bytes, start, end) {
      const text = to(kind, bytes.slice(start, end));
      if (text !== undefined) Object.assign(this, { text, length: text.length });
      return text !== undefined;
    },
  };
}
