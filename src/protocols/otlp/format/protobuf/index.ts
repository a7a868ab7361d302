// OTLP in protobuf: records are found by offset in the encoded request, read, judged, cut and
// patched. It must not decode a request into objects or print one again.

export { RECORD_LAYOUTS, RESOURCE_LAYOUT, SCOPE_LAYOUT } from "./edit-layout.ts";
export { ProtobufRecordEditor } from "./editor.ts";
export { otlpProtobufFormat } from "./format.ts";
