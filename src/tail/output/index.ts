// Where kept lines go: standard output, a file, or an OTLP backend. Nothing that was accepted is
// given up while it can still be delivered, and no more is accepted than there is room for.

export { createOutput } from "./create-output.ts";
export { OutputFileError } from "./file-sink.ts";
export { isOtlpTarget, otlpUrl, OutputTargetError } from "./otlp-target.ts";
