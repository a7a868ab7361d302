// How many data points a metrics request has, by generated code.

import { fromBinary } from "@bufbuild/protobuf";
import { ExportMetricsServiceRequestSchema } from "../../../src/proto/index.ts";

export function countPoints(request: Uint8Array): number {
  let count = 0;
  for (const { scopeMetrics } of fromBinary(ExportMetricsServiceRequestSchema, request)
    .resourceMetrics) {
    for (const { data } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      count += data.value?.dataPoints.length ?? 0;
    }
  }
  return count;
}
