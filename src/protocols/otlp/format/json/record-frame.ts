// The surroundings of the records of a scope, for extensions that are given single records. A frame
// is complete when the walk has left the containers; until then, members are noted as ranges of the
// body, so that nothing is read twice and a frame costs two copies.

import { copyBytes } from "../../../../core/bytes.ts";
import { COMMA } from "../../../../core/json/index.ts";
import type { RecordFrame } from "../../../../policy/extension-port.ts";
import { Container } from "./names.ts";

interface OpenFrame {
  resource: Uint8Array;
  scope: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export class FrameReader {
  /** Of the resource at hand: those of its scopes that have an offered record. */
  private readonly frames: OpenFrame[] = [];
  /** That of the scope at hand; undefined: no record of it was offered. */
  private frame: OpenFrame | undefined;

  /** Forgets what a body left that was not walked to its end. */
  begin(): void {
    this.frame = undefined;
    this.frames.length = 0;
  }

  /** Of the containers at hand; whole when both are left. */
  read(): RecordFrame {
    if (this.frame === undefined) {
      this.frame = { resource: NOTHING, scope: NOTHING };
      this.frames.push(this.frame);
    }
    return this.frame;
  }

  leaveScope(body: Uint8Array, members: MemberRuns): void {
    if (this.frame === undefined) return;
    this.frame.scope = members.copy(body);
    this.frame = undefined;
  }

  leaveResource(body: Uint8Array, members: MemberRuns): void {
    if (this.frames.length === 0) return;
    const resource = members.copy(body);
    for (const frame of this.frames) frame.resource = resource;
    this.begin();
  }
}

/** Members of a container in their order; those that follow each other are one range. */
export class MemberRuns {
  /** Start and end of each. */
  private readonly places: number[] = [];
  /** Whether the next member follows the last range. */
  private isOpen = false;

  /** Of another container. */
  clear(): void {
    this.places.length = 0;
    this.isOpen = false;
  }

  /** The list of children stands between those so far and those behind it. */
  cut(): void {
    this.isOpen = false;
  }

  add(start: number, end: number, id: number): void {
    const isOwn = id !== Container.children && id !== Container.misplaced;
    if (!isOwn) this.isOpen = false;
    else if (this.isOpen) this.places[this.places.length - 1] = end;
    else {
      this.places.push(start, end);
      this.isOpen = true;
    }
  }

  /** With a comma between each two. */
  copy(body: Uint8Array): Uint8Array {
    const { places } = this;
    if (places.length === 0) return NOTHING;
    let length = places.length / 2 - 1;
    for (let i = 0; i < places.length; i += 2) {
      length += (places[i + 1] as number) - (places[i] as number);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < places.length; i += 2) {
      if (i > 0) whole[at++] = COMMA;
      at = copyBytes(body, places[i] as number, places[i + 1] as number, whole, at);
    }
    return whole;
  }
}
