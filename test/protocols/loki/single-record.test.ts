// Entries on their own: each, with the labels of its stream, is a push in JSON.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../src/protocols/loki/format/index.ts";
import { loki } from "../../../src/protocols/loki/index.ts";
import type { SingleRecord } from "../../../src/protocols/index.ts";
import type { RecordEncoding, RecordFrame } from "../../../src/policy/index.ts";
import { FakeEvaluation } from "../../support/fake-evaluation.ts";
import { comparable, pushArbitrary, readJson, writeJson, writeProtobuf } from "./format/push.ts";

type Offered = SingleRecord & { readonly encoding: RecordEncoding };

/** An evaluation that keeps everything, and wants a copy of it. */
class Offering extends FakeEvaluation {
  override readonly offering = true as false;
  readonly offered: Offered[] = [];

  override offer(
    bytes?: Uint8Array,
    start?: number,
    end?: number,
    encoding: RecordEncoding = "",
    frame?: RecordFrame,
  ): void {
    this.offered.push({ signal: "log", bytes: bytes!.slice(start, end), encoding, frame });
  }
}

test.each([
  ["loki_json", lokiJsonFormat(), writeJson],
  ["loki_protobuf", lokiProtobufFormat(), writeProtobuf],
] as const)("of %s", async (encoding, format, write) => {
  const document = await loki.encodings?.[encoding]?.document?.();
  fc.assert(
    fc.property(pushArbitrary, (push) => {
      const evaluation = new Offering("log", []);
      format.filter(write(push), evaluation);
      const alone = evaluation.offered.map((record) => {
        expect(record.encoding).toBe(encoding);
        return comparable(readJson(document!(record)!));
      });
      const wanted = push.flatMap(({ labels, entries }) =>
        entries.map((entry) => comparable([{ labels, entries: [entry] }])),
      );
      expect(alone).toEqual(wanted);
    }),
  );
});
