// Loki's push requests as record formats. Nothing here knows of HTTP or of policies.

export { lokiJsonFormat } from "./json-format.ts";
export { LabelCursor } from "./label-text.ts";
export { lokiProtobufFormat } from "./protobuf-format.ts";
export { EntryTag, PairTag, PushTag, StreamTag } from "./tags.ts";
