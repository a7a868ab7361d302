// What stands around the records of a scope, for extensions that are given single records. It is
// whole when the walk has left the containers: what is before the records is looked up when the
// first one is offered, what is behind them is noted on the way, so that nothing is read twice.

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

interface OpenFrame {
  resource: Uint8Array;
  scope: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export class FrameReader {
  private readonly members = new MemberReader();
  /** Members of the resource's container; undefined: no record of it was offered. */
  private resource: Uint8Array[] | undefined;
  /** The frames of its scopes. */
  private frames: OpenFrame[] = [];
  private scope: Uint8Array[] | undefined;
  private frame: OpenFrame | undefined;

  /** Forgets what a body left that was not walked to its end. */
  begin(): void {
    this.resource = this.scope = this.frame = undefined;
    this.frames = [];
  }

  /**
   * Of these containers, whose values are at that depth. Throws for what is no JSON in them; whole
   * when both are left.
   */
  read(
    bytes: Uint8Array,
    resource: OpenContainer,
    scope: OpenContainer,
    scopeDepth: number,
  ): RecordFrame {
    if (this.frame !== undefined) return this.frame;
    this.resource ??= this.membersBefore(bytes, resource, scopeDepth - 2);
    this.scope = this.membersBefore(bytes, scope, scopeDepth);
    this.frame = { resource: NOTHING, scope: NOTHING };
    this.frames.push(this.frame);
    return this.frame;
  }

  /** Notes a member [start, end) behind the records. */
  pass(bytes: Uint8Array, start: number, end: number, id: number, isResource: boolean): void {
    const pieces = isResource ? this.resource : this.scope;
    if (pieces !== undefined && isOwn(id)) pieces.push(bytes.subarray(start, end));
  }

  leave(isResource: boolean): void {
    if (!isResource) {
      if (this.frame !== undefined) this.frame.scope = joined(this.scope ?? []);
      this.scope = this.frame = undefined;
      return;
    }
    if (this.resource === undefined) return;
    const resource = joined(this.resource);
    for (const frame of this.frames) frame.resource = resource;
    this.begin();
  }

  /** Before the list of children. */
  private membersBefore(
    bytes: Uint8Array,
    { start, plan }: OpenContainer,
    depth: number,
  ): Uint8Array[] {
    const { members } = this;
    const pieces: Uint8Array[] = [];
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const memberAt = at;
      const id = members.idOf(bytes, at, plan.keys);
      if (id === Container.children) break;
      at = skipValue(bytes, members.valueAt, depth);
      if (isOwn(id)) pieces.push(bytes.subarray(memberAt, at));
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return pieces;
  }
}

function isOwn(id: number): boolean {
  return id !== Container.children && id !== Container.misplaced;
}

/** With a comma between each two. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length + 1, 0);
  const whole = new Uint8Array(Math.max(0, length - 1));
  let at = 0;
  for (const piece of pieces) {
    if (at > 0) whole[at++] = COMMA;
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
