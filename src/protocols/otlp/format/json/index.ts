// OTLP/JSON: records are found in the text, judged, cut out and edited there. Never parsed and
// printed again.

export { otlpJsonFormat } from "./format.ts";
export { JsonRecordEditor } from "./editor.ts";
