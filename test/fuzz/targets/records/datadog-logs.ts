// Datadog's logs: an object, a list of them, one a line; and attributes in the query.

import * as fc from "fast-check";
import { datadogLogsFormat } from "../../../../src/protocols/datadog/format/index.ts";
import { document } from "../../../protocols/datadog/format/arbitrary-logs.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";
import { isJson } from "../../other-readers.ts";

const formats = [
  datadogLogsFormat(),
  datadogLogsFormat().withQuery("?ddtags=a:1,env:x&service=s&hostname=h"),
] as const;

export const target: FuzzTarget = {
  seeds: chosen([
    ...fc.sample(document, { numRuns: 12, seed: 7 }),
    '{"message":"m","ddtags":"a:1,b:2","service":"s"}\n{"message":"{\\"a\\":{\\"b\\":1}}"}',
  ]),
  words: ["attributes", "ddtags", "hostname", "ddsource", "syslog.severity", '{"a":{"b":1}}'],
  check(input) {
    const format = (input[0] ?? 0) > 127 ? formats[1] : formats[0];
    checkFormat({ format, signal: "log", isBody: isJson, guessesBroken: true }, input);
  },
};
