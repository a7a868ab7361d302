// Where kept lines go: standard output, a file, or an OTLP backend. Nothing that was taken over is
// given up while there is a way to bring it there, and no more is taken than there is room for.

export { createOutput, type OutputOptions } from "./create-output.ts";
export { OutputFileError } from "./file-sink.ts";
export { isOtlpTarget, otlpUrl, OutputTargetError } from "./otlp-target.ts";
