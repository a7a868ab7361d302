// One record of OTLP logs in each encoding.

import { type LogRecord, SEVERITY } from "./log-record.ts";
import {
  attrsJson,
  hexBytes,
  nanos,
  Pb,
  pbAny,
  pbAttrs,
  quoted,
  textAttribute,
} from "./otlp-parts.ts";

export function logJson(x: LogRecord, pad?: string): string {
  return `{"timeUnixNano":"${nanos(x.ms)}","observedTimeUnixNano":"${nanos(x.ms + 2)}","severityNumber":${SEVERITY[x.severity]},"severityText":"${x.severity}","body":{"stringValue":${quoted(x.body)}},"attributes":[${attrsJson(x.attrs)}${pad === undefined ? "" : `,${textAttribute("pad", pad)}`}],"traceId":"${x.trace}","spanId":"${x.span}"}`;
}

export function logPb(x: LogRecord): Buffer {
  return pbAttrs(
    new Pb()
      .fixed64(1, nanos(x.ms))
      .u(2, SEVERITY[x.severity] ?? 0)
      .str(3, x.severity)
      .msg(5, pbAny(x.body)),
    6,
    x.attrs,
  )
    .bytes(9, hexBytes(x.trace))
    .bytes(10, hexBytes(x.span))
    .fixed64(11, nanos(x.ms + 2))
    .done();
}
