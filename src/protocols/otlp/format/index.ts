// The OpenTelemetry protocol's request bodies as record formats. Nothing here knows of HTTP or of
// policies' insides: bytes and an Evaluation come in, an outcome goes out.

export { otlpJsonFormat } from "./json/index.ts";
export { otlpProtobufFormat } from "./protobuf/index.ts";
