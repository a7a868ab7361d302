// What stands around the records of a scope, for extensions that are given single records: copied
// once for each scope that has such a record.

import { FieldCursor } from "../../../../core/protobuf/index.ts";
import type { RecordFrame } from "../../../../policy/extension-port.ts";
import { ContainerTag } from "./tags.ts";

type Payload = Pick<FieldCursor, "start" | "stop">;

export class FrameReader {
  private readonly fields = new FieldCursor();
  private resource: Uint8Array | undefined;
  private frame: RecordFrame | undefined;

  enterResource(): void {
    this.resource = undefined;
    this.frame = undefined;
  }

  enterScope(): void {
    this.frame = undefined;
  }

  /** Of the containers with these payloads, which are well-formed. */
  read(body: Uint8Array, resource: Payload, scope: Payload): RecordFrame {
    if (this.frame !== undefined) return this.frame;
    this.resource ??= this.ownerFields(body, resource);
    this.frame = { resource: this.resource, scope: this.ownerFields(body, scope) };
    return this.frame;
  }

  /** All fields but the children. */
  private ownerFields(body: Uint8Array, { start, stop }: Payload): Uint8Array {
    const { fields } = this;
    const pieces: Uint8Array[] = [];
    fields.open(body, start, stop);
    while (fields.next()) {
      if (fields.tag === ContainerTag.children || fields.tag === ContainerTag.libraries) continue;
      pieces.push(body.subarray(fields.fieldAt, fields.stop));
    }
    return concat(pieces);
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
