// RE2, which says whether a regular expression is valid. Impure: it loads WebAssembly. It must not
// be used to match telemetry; src/regex does that.

export { createRegexValidator, type RegexValidatorDeps } from "./regex-validator.ts";
