// The service of a log when only counting asks for it: nearly always it is the text of one member,
// so the other places where it may be need not be searched.

import { encodeUtf8 } from "../../../core/utf8.ts";
import type { FieldTable } from "../../../policy/record-port.ts";
import type { RequestedAttributes } from "../../dotted/requested-attributes.ts";
import { Found, type ScanResult } from "../../dotted/scan-result.ts";
import { SERVICE_NAME } from "./log-names.ts";

const MEMBER = encodeUtf8(SERVICE_NAME);

export class CountedService {
  /** The nodes of the requested name, and of the member that stands for it. */
  readonly node: number;
  private readonly memberNode: number;

  private constructor(node: number, memberNode: number) {
    this.node = node;
    this.memberNode = memberNode;
  }

  /** Undefined: nothing is counted by it, or others ask for it as well. */
  static of(fields: FieldTable, asked: RequestedAttributes): CountedService | undefined {
    const { countingSlot = -1 } = fields;
    const node = asked.onlyNodeOf(countingSlot);
    if (node < 0) return undefined;
    const memberNode = asked.names.findKey(-1, MEMBER, 0, MEMBER.length);
    return new CountedService(node, memberNode);
  }

  /** Which of the found values is the service; -1: none. */
  findIn(scanResult: ScanResult): number {
    const at = scanResult.has(this.node) ? -1 : scanResult.first(this.memberNode);
    const isText = at >= 0 && scanResult.kinds[at] === Found.string;
    return isText && (scanResult.ends[at] as number) >= 0 ? at : -1;
  }
}
