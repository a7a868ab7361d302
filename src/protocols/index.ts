// One folder per protocol: routes as data, a pure plan for each request head, and in `format` its
// records. Pure: modules never do I/O and never see a body; the executor in src/pipeline carries
// out their plans.

export * from "./protocol.ts";
export type * from "./scrape-format.ts";
export { type Encodings, encodingsOf, protocolMetricsOf, samplesOf, stagesOf } from "./together.ts";
