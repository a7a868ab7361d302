// The surroundings of the records of a scope, for extensions that are given single records: noted
// when a container is entered, and copied once for each container that has such a record.

import { copyBytes, grownInts } from "../../../../core/bytes.ts";
import type { FieldCursor } from "../../../../core/protobuf/index.ts";
import type { RecordFrame } from "../../../../policy/extension-port.ts";
import { ContainerTag } from "./tags.ts";

/** Where the fields of a container are, all but the children: those that follow are one range. */
class OwnFields {
  private ranges = new Int32Array(16);
  private count = 0;

  begin(): void {
    this.count = 0;
  }

  note(from: number, to: number): void {
    const { count } = this;
    if (count > 0 && this.ranges[count - 1] === from) {
      this.ranges[count - 1] = to;
      return;
    }
    if (count === this.ranges.length) this.ranges = grownInts(this.ranges, count * 2);
    this.ranges[count] = from;
    this.ranges[count + 1] = to;
    this.count = count + 2;
  }

  copy(body: Uint8Array): Uint8Array {
    const { count, ranges } = this;
    let length = 0;
    for (let i = 0; i < count; i += 2) length += (ranges[i + 1] as number) - (ranges[i] as number);
    const whole = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < count; i += 2) {
      at = copyBytes(body, ranges[i] as number, ranges[i + 1] as number, whole, at);
    }
    return whole;
  }
}

export class FrameReader {
  private readonly ofResource = new OwnFields();
  private readonly ofScope = new OwnFields();
  private noted = this.ofResource;
  private resource: Uint8Array | undefined;
  private frame: RecordFrame | undefined;

  /** The fields of a resource's container are noted next. */
  enterResource(): void {
    this.resource = undefined;
    this.enter(this.ofResource);
  }

  /** Those of a scope's are. */
  enterScope(): void {
    this.enter(this.ofScope);
  }

  private enter(own: OwnFields): void {
    this.frame = undefined;
    this.noted = own;
    own.begin();
  }

  note({ tag, fieldAt, stop }: FieldCursor): void {
    if (tag === ContainerTag.children || tag === ContainerTag.libraries) return;
    this.noted.note(fieldAt, stop);
  }

  /** Of the containers that were entered last. */
  read(body: Uint8Array): RecordFrame {
    if (this.frame !== undefined) return this.frame;
    this.resource ??= this.ofResource.copy(body);
    this.frame = { resource: this.resource, scope: this.ofScope.copy(body) };
    return this.frame;
  }
}
