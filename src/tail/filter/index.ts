// The tailer's filter: line rules and policies on batches of lines, whatever their format. It does
// no I/O; it tells the bus what it came to.

export {
  createLineFilter,
  LINES_TELEMETRY,
  type LineFormat,
  type LineFilterOptions,
} from "./line-filter.ts";
export { resourceOf } from "./source-resource.ts";
