// The request bodies of OTLP as record formats. Nothing here knows of HTTP or of the insides of
// policies: bytes and an Evaluation go in, an outcome comes out.

export { otlpJsonFormat } from "./json/index.ts";
export { otlpProtobufFormat } from "./protobuf/index.ts";
