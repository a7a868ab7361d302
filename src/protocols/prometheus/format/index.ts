// Prometheus expositions as streams: finds lines, reports the fields of their samples to an
// evaluation and lets through what it keeps, byte for byte. Nothing here knows of HTTP, compression
// or the insides of policies.

export {
  ExpositionFilter,
  type StreamingCounts,
  type ExpositionFilterOptions,
} from "./exposition-filter.ts";
export { FieldAccessor } from "./field-accessor.ts";
export { type ByteSink, FilteringWriter } from "./filtering-writer.ts";
export { LineKind, type LineKindIndex, LineParser } from "./line-parser.ts";
export { PolicyStreamingFilter, type StreamingFilterOptions } from "./policy-streaming-filter.ts";
export { ProtobufFilter } from "./protobuf/protobuf-filter.ts";
