// What a stream of telemetry contains, in bounded memory and with a stated error: templates of
// logs, names of spans, series of metrics; and proposals for policies that would reduce it. Pure.
// Holds no values of payloads: whatever may be one is masked first.

export { Analyser, type AnalysisCounts, type AnalysisSpec } from "./analyser.ts";
export {
  type Price,
  type SuggestionsDocument,
  suggestionsOf,
  suggestionsYaml,
} from "./proposals/document.ts";
export { reportOf } from "./report.ts";
