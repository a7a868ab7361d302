// Datadog's series in protobuf.

import { datadogSeriesProtobufFormat } from "../../../../src/protocols/datadog/format/index.ts";
import { writeSeries } from "../../../protocols/datadog/format/metric-payload.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";
import { isMessage } from "../../other-readers.ts";

const format = datadogSeriesProtobufFormat();
const one = {
  metric: "m",
  type: 3,
  unit: "s",
  tags: ["a:1", "b"],
  resources: [{ type: "host", name: "h" }],
  points: [{ timestamp: 1, value: 2 }],
};

export const target: FuzzTarget = {
  seeds: chosen([writeSeries([one]), writeSeries([one, { metric: "n" }, one])]),
  check(input) {
    checkFormat({ format, signal: "metric", dropsOnly: true, isBody: isMessage }, input);
  },
};
