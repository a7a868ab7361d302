// Lines of text as records of the policy engine: raw, JSON and logfmt, plain or within the lines of
// a container runtime. Pure: blocks of bytes in, blocks of bytes out. Must not know where blocks
// come from or where they go.

export { containerLine } from "./containers/container-block.ts";
export {
  type ContainerFormat,
  type ContainerLine,
  STREAM_NAMES,
} from "./containers/container-line.ts";
export { LineParts } from "./containers/line-parts.ts";
export { kubernetesAttributes } from "./containers/kubernetes-path.ts";
export { encodingsOfLines } from "./single-line.ts";
export { LineFacts } from "./line-facts.ts";
export { type LineRule, LineRuleError, LineRules } from "./line-rules.ts";
export { LinesFormat, type LinesOutcome } from "./lines-format.ts";
export type { ResourceAttributes } from "./resource-editor.ts";
export { Timestamp } from "./timestamp.ts";
export type { LineSyntax } from "./syntax/line-record.ts";
