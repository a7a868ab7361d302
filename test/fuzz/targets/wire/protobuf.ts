// The protobuf wire format: fields are found where another walk finds them, or the message is
// malformed to both; and statuses of gRPC, which are read with it.

import { FieldCursor } from "../../../../src/core/protobuf/index.ts";
import { readStatusDetails, statusDetails } from "../../../../src/core/grpc/index.ts";
import { isWellFormed } from "../../../protocols/otlp/format/protobuf/well-formed.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

export const target: FuzzTarget = {
  seeds: [
    statusDetails({ code: 14, message: "later", retryAfterS: 7 }),
    new Uint8Array([
      0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8,
    ]),
    new Uint8Array([0x0b, 0x13, 0x08, 0x01, 0x14, 0x0c]),
    new Uint8Array([
      0xf8, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
    ]),
  ],
  words: ["type.googleapis.com/google.rpc.RetryInfo"],
  check(input) {
    const cursor = new FieldCursor();
    cursor.open(input, 0, input.length);
    let at = 0;
    while (cursor.next()) {
      expectSame("where a field begins", cursor.fieldAt, at);
      if (cursor.start < at || cursor.stop < cursor.start || cursor.at > input.length) {
        throw new Error("a field outside of the message");
      }
      at = cursor.at;
    }
    expectSame("well-formed", cursor.fault < 0, isWellFormed(input, { fields: {} }));
    if (cursor.fault < 0) expectSame("the end", at, input.length);
    const status = readStatusDetails(input);
    const { code = 0, message = "" } = status;
    const again = readStatusDetails(statusDetails({ ...status, code: code & 0x7fffffff, message }));
    expectSame("the message again", again.message, message);
  },
};
