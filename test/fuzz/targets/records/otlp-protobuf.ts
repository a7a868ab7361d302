// OTLP requests in protobuf, all signals.

import { otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import { SIGNALS } from "../../../../src/policy/model.ts";
import { NoisyRequest } from "../../../protocols/otlp/format/protobuf/noise.ts";
import { FRAME, isWellFormed } from "../../../protocols/otlp/format/protobuf/well-formed.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";

export const target: FuzzTarget = {
  seeds: chosen(
    SIGNALS.flatMap((signal) =>
      Array.from({ length: 8 }, (_, i) => new NoisyRequest(i, i % 2 === 0).build(signal)),
    ),
  ),
  check(input) {
    const signal = SIGNALS[(input[0] ?? 0) % 3] ?? "log";
    const isBody = (body: Uint8Array): boolean => isWellFormed(body, FRAME);
    checkFormat({ format: otlpProtobufFormat(signal), signal, isBody }, input);
  },
};
