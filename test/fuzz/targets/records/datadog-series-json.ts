// Datadog's series in JSON, of both versions.

import { datadogSeriesJsonFormat } from "../../../../src/protocols/datadog/format/index.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";
import { isJson } from "../../other-readers.ts";

const formats = [datadogSeriesJsonFormat("v1"), datadogSeriesJsonFormat("v2")] as const;

export const target: FuzzTarget = {
  seeds: chosen([
    '{"series":[{"metric":"m","points":[[1,2]],"tags":["a:1","b"],"host":"h","type":"gauge"}]}',
    '{"series":[{"metric":"m","type":3,"points":[{"timestamp":1,"value":2}],"unit":"s","resources":[{"type":"host","name":"h"}],"tags":["service.name:x"]},{"metric":"n"}]}',
  ]),
  check(input) {
    const format = (input[0] ?? 0) > 127 ? formats[1] : formats[0];
    checkFormat(
      { format, signal: "metric", dropsOnly: true, isBody: isJson, guessesBroken: true },
      input,
    );
  },
};
