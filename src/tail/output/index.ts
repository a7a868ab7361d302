// Where kept lines go: standard output, a file, or an OTLP backend. What was accepted is not
// dropped while it can still be delivered, and no more is accepted than there is room for.

export { createOutput } from "./create-output.ts";
export { OutputFileError } from "./file-sink.ts";
export { isOtlpTarget, otlpUrl, OutputTargetError } from "./otlp-target.ts";
