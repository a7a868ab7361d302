// The library root: the policy engine and the formats that it works on, for other programs.
// Everything here is pure; see policy/record-port.ts for how a format of your own meets the engine.

export * from "./policy/index.ts";
export { otlpJsonFormat, otlpProtobufFormat } from "./otlp/index.ts";
