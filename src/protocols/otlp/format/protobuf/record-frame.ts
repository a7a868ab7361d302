// What stands around the records of a scope, for extensions that are given single records: copied
// once for each scope that has such a record.

import { copyBytes } from "../../../../core/bytes.ts";
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

  /** All fields but the children; those that follow each other are copied as one. */
  private ownerFields(body: Uint8Array, { start, stop }: Payload): Uint8Array {
    const { fields } = this;
    const places: number[] = [];
    let length = 0;
    fields.open(body, start, stop);
    while (fields.next()) {
      if (fields.tag === ContainerTag.children || fields.tag === ContainerTag.libraries) continue;
      length += fields.stop - fields.fieldAt;
      if (places.at(-1) === fields.fieldAt) places[places.length - 1] = fields.stop;
      else places.push(fields.fieldAt, fields.stop);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < places.length; i += 2) {
      at = copyBytes(body, places[i] as number, places[i + 1] as number, whole, at);
    }
    return whole;
  }
}
