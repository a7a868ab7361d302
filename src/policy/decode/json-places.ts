// Finds where a value of a JSON text stands. Only for error messages: it reads the text again, but
// remembers the items of the lists that it passes, so that many errors do not read it many times.

import { JsonReader } from "./json.ts";
import type { PathSegment } from "./policy-set.ts";

const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

export class JsonPlaces {
  private readonly text: string;
  /** Offsets of the items of each list passed, by the list's own offset. */
  private readonly items = new Map<number, readonly number[]>();
  /** Offsets of members that were asked for, by the object's own offset and the name. */
  private readonly members = new Map<string, number | undefined>();

  /** `text` is valid JSON. */
  constructor(text: string) {
    this.text = text;
  }

  /**
   * Offset of the value at `path`, or of the last one on the way that exists. Keys are found in
   * either spelling, snake_case or lowerCamelCase.
   */
  offsetOf(path: readonly PathSegment[]): number {
    const reader = new JsonReader(this.text);
    reader.peek();
    let offset = reader.at;
    for (const segment of path) {
      const next =
        typeof segment === "number"
          ? this.itemsAt(offset)[segment]
          : this.memberAt(offset, segment);
      if (next === undefined) return offset;
      offset = next;
    }
    return offset;
  }

  private itemsAt(offset: number): readonly number[] {
    const known = this.items.get(offset);
    if (known !== undefined) return known;
    const reader = new JsonReader(this.text, offset);
    const offsets: number[] = [];
    if (reader.peek() === BRACKET_OPEN) {
      let more = reader.opened(BRACKET_CLOSE, 0);
      while (more) {
        reader.peek();
        offsets.push(reader.at);
        reader.value(0);
        more = reader.another(BRACKET_CLOSE, "");
      }
    }
    this.items.set(offset, offsets);
    return offsets;
  }

  private memberAt(offset: number, name: string): number | undefined {
    const key = `${offset} ${name}`;
    if (!this.members.has(key)) this.members.set(key, this.findMember(offset, name));
    return this.members.get(key);
  }

  private findMember(offset: number, name: string): number | undefined {
    const reader = new JsonReader(this.text, offset);
    if (reader.peek() !== BRACE_OPEN) return undefined;
    const wanted = spellingless(name);
    let more = reader.opened(BRACE_CLOSE, 0);
    while (more) {
      const key = reader.key();
      reader.peek();
      if (key === name || spellingless(key) === wanted) return reader.at;
      reader.value(0);
      more = reader.another(BRACE_CLOSE, "");
    }
    return undefined;
  }
}

/** What snake_case and lowerCamelCase of a name have in common. */
export function spellingless(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
