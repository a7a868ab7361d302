// The judge of the tailer: line rules and policies on batches of lines, whatever their format. Does
// no I/O; what it came to is told to the bus.

export {
  createLineJudge,
  LINES_TELEMETRY,
  type LineFormat,
  type LineJudgeOptions,
} from "./line-judge.ts";
export { type HostAttributes, resourceOf } from "./source-resource.ts";
