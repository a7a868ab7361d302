// The tailer's filter: it applies line rules and policies to batches of lines in any format. It
// does no I/O; it reports what it did on the bus.

export {
  createLineFilter,
  LINES_TELEMETRY,
  type LineFormat,
  type LineFilterOptions,
} from "./line-filter.ts";
export { resourceOf } from "./source-resource.ts";
