// Numbers as they stand in the labels that Prometheus makes of buckets and quantiles.

import { expect, test } from "bun:test";
import {
  numberText,
  openMetricsText,
} from "../../../../../src/protocols/prometheus/format/protobuf/number-text.ts";

test.each([
  [0, "0", "0.0"],
  [-0, "-0", "-0.0"],
  [1, "1", "1.0"],
  [-1, "-1", "-1.0"],
  [0.5, "0.5", "0.5"],
  [2.5, "2.5", "2.5"],
  [0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"],
  [0.0001, "0.0001", "0.0001"],
  [0.000_099_9, "9.99e-05", "9.99e-05"],
  [1e-7, "1e-07", "1e-07"],
  [5e-324, "5e-324", "5e-324"],
  [100_000, "100000", "100000.0"],
  [999_999, "999999", "999999.0"],
  [1_000_000, "1e+06", "1e+06"],
  [123_456_789, "1.23456789e+08", "1.23456789e+08"],
  [1e21, "1e+21", "1e+21"],
  [1.797_693_134_862_315_7e308, "1.7976931348623157e+308", "1.7976931348623157e+308"],
  [Number.POSITIVE_INFINITY, "+Inf", "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf", "-Inf"],
  [Number.NaN, "NaN", "NaN"],
])("%p is %s, in OpenMetrics %s", (value, text, openMetrics) => {
  expect([numberText(value), openMetricsText(value)]).toEqual([text, openMetrics]);
});
