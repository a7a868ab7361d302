// RE2 as the judge of what is a valid regular expression. Impure: it loads WebAssembly. It must not
// be used to match telemetry; src/regex does that.

export { createJudge } from "./judge.ts";
