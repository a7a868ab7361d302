// Finds the place of a value in a JSON text. It is only for error messages: it reads the text
// again, but remembers the lists and objects that it passes, so that many errors do not read the
// text many times.

import type { DocumentPath, DocumentPlace, PathSegment } from "./document-error.ts";
import { allSteps, JsonReader } from "./json.ts";

const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

/** Items read per step: about a millisecond, however short they are. */
const STEP_ITEMS = 2048;

type Place = Omit<DocumentPlace, "depth">;

export class JsonPlaces {
  private readonly text: string;
  /** The content of each list and object that was passed, by its offset. */
  private readonly inside = new Map<number, ReadonlyMap<PathSegment, Place>>();

  /** `text` is valid JSON. */
  constructor(text: string) {
    this.text = text;
  }

  /**
   * The value at `path`, or the last existing one on the way to it. Keys are looked up as they are
   * and then, unless `isExact` is set, in the other spelling: snake_case for lowerCamelCase, or the
   * reverse.
   */
  find(path: DocumentPath, isExact = false): DocumentPlace {
    return allSteps(this.findSteps(path, isExact));
  }

  /** Like `find`, in steps of about a millisecond. */
  *findSteps(path: DocumentPath, isExact = false): Generator<undefined, DocumentPlace> {
    const reader = new JsonReader(this.text);
    reader.peek();
    let found: DocumentPlace = { offset: reader.at, depth: 0 };
    for (const [at, segment] of path.entries()) {
      const inside = yield* this.insideOf(found.offset);
      const next = inside.get(segment) ?? (isExact ? undefined : inside.get(spellingOf(segment)));
      if (next === undefined) return found;
      found = { ...next, depth: at + 1 };
    }
    return found;
  }

  private *insideOf(offset: number): Generator<undefined, ReadonlyMap<PathSegment, Place>> {
    let inside = this.inside.get(offset);
    if (inside === undefined) this.inside.set(offset, (inside = yield* this.read(offset)));
    return inside;
  }

  private *read(offset: number): Generator<undefined, Map<PathSegment, Place>> {
    const reader = new JsonReader(this.text);
    reader.at = offset;
    const inside = new Map<PathSegment, Place>();
    const open = reader.peek();
    if (open !== BRACE_OPEN && open !== BRACKET_OPEN) return inside;
    const close = open === BRACE_OPEN ? BRACE_CLOSE : BRACKET_CLOSE;
    let more = reader.opened(close, 0);
    for (let index = 0; more; index++) {
      reader.peek();
      const keyOffset = reader.at;
      const name = open === BRACE_OPEN ? reader.key() : undefined;
      reader.peek();
      if (name === undefined) inside.set(index, { offset: reader.at });
      else putPlace(inside, name, { offset: reader.at, keyOffset });
      yield* reader.value();
      more = reader.another(close, "");
      if (index % STEP_ITEMS === STEP_ITEMS - 1) yield undefined;
    }
    return inside;
  }
}

/**
 * Puts it under its name and, if that is free, under the form that its spellings have in common.
 */
export function putPlace<Where>(places: Map<PathSegment, Where>, name: string, place: Where): void {
  places.set(name, place);
  const spelling = spellingOf(name);
  if (!places.has(spelling)) places.set(spelling, place);
}

/**
 * What the snake_case and the lowerCamelCase form of a name have in common; it is not a name
 * itself.
 */
export function spellingOf(segment: PathSegment): PathSegment {
  if (typeof segment === "number") return segment;
  return `\u0000${segment.replaceAll("_", "").toLowerCase()}`;
}
