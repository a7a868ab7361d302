// What stands around the records of a scope, for extensions that are given single records: copied
// once for each scope that has such a record.

import {
  CLOSE_OBJECT,
  COMMA,
  enterContainer,
  type KeyTable,
  MemberReader,
  nextInContainer,
  skipValue,
} from "../../../../core/json/index.ts";
import type { RecordFrame } from "../../../../policy/extension-port.ts";
import { Container } from "./names.ts";

/** A container that is being walked: where it begins, and the keys that its members may have. */
interface OpenContainer {
  readonly start: number;
  readonly plan: { readonly keys: KeyTable };
}

export class FrameReader {
  private readonly members = new MemberReader();
  private resource: Uint8Array | undefined;
  private frame: RecordFrame | undefined;

  enterResource(): void {
    this.resource = undefined;
    this.frame = undefined;
  }

  enterScope(): void {
    this.frame = undefined;
  }

  /** Of these containers, whose values are at that depth; throws for what is no JSON in them. */
  read(
    bytes: Uint8Array,
    resource: OpenContainer,
    scope: OpenContainer,
    scopeDepth: number,
  ): RecordFrame {
    if (this.frame !== undefined) return this.frame;
    this.resource ??= this.ownMembers(bytes, resource, scopeDepth - 2);
    this.frame = { resource: this.resource, scope: this.ownMembers(bytes, scope, scopeDepth) };
    return this.frame;
  }

  /** The texts of all members but the lists of children. */
  private ownMembers(bytes: Uint8Array, { start, plan }: OpenContainer, depth: number): Uint8Array {
    const { members } = this;
    const pieces: Uint8Array[] = [];
    let length = 0;
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const memberAt = at;
      const id = members.idOf(bytes, at, plan.keys);
      at = members.valueAt;
      at = skipValue(bytes, at, depth);
      if (id !== Container.children && id !== Container.misplaced) {
        pieces.push(bytes.subarray(memberAt, at));
        length += at - memberAt + 1;
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return joined(pieces, length);
  }
}

/** `length`: with a comma behind each. */
function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(Math.max(0, length - 1));
  let at = 0;
  for (const piece of pieces) {
    if (at > 0) whole[at++] = COMMA;
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
