// Prometheus expositions as streams: finds lines, reports the fields of their samples to an
// evaluation and lets through what it keeps, byte for byte. Nothing here knows about HTTP,
// compression or the internals of policies.

export type { ByteSink, StreamingCounts } from "../../scrape-format.ts";
export { ExpositionFilter, type ExpositionFilterOptions } from "./exposition-filter.ts";
export { FieldAccessor } from "./field-accessor.ts";
export { FilteringWriter } from "./filtering-writer.ts";
export { LineKind, type LineKindIndex, LineParser } from "./line-parser.ts";
export { PolicyStreamingFilter, type StreamingFilterOptions } from "./policy-streaming-filter.ts";
export { ProtobufFilter } from "./protobuf/protobuf-filter.ts";
