// Datadog's request bodies as record formats: logs in JSON, series in JSON and protobuf. Nothing
// here knows about HTTP or the internals of policies: bytes and an Evaluation come in, an outcome
// goes out.

export { type DatadogLogsFormat, datadogLogsFormat } from "./logs-format.ts";
export { datadogSeriesJsonFormat } from "./series/series-json.ts";
export type { SeriesVersion } from "./series/series-json-reader.ts";
export { datadogSeriesProtobufFormat } from "./series/series-protobuf.ts";
