// Follows files and standard input: finds files, reads them line by line through rotations, has
// lines judged, hands on what stays, and remembers how far it came. Must not know how lines are
// judged (`src/protocols/lines`), nor how outputs reach their destinations.

export { isOtlpTarget, otlpUrl } from "./output/index.ts";
export { headerFileFaults } from "./program/otlp-headers.ts";
export { startTail } from "./program/start-tail.ts";
export { lineRules, loadTail, type TailConfig } from "./settings/load.ts";
export { tailSchema } from "./settings/schema.ts";
