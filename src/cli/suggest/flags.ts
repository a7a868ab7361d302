// The flags of `suggest`, apart from its code, which is loaded when it is called.

import type { Flag } from "../command.ts";

export const SUGGEST_FLAGS = {
  from: {
    name: "--from",
    value: "CAPTURE",
    summary: "Captured traffic, as replay reads it; - is standard input.",
    fallback: "what the running Edge has seen",
    repeat: "all",
  },
  errors: {
    name: "--errors",
    summary: "Also propose policies for logs of WARN and above, and for spans with errors.",
  },
  config: {
    name: "--config",
    value: "FILE",
    summary: "A configuration with cost keys, to show savings in money; with --from.",
  },
} as const satisfies Readonly<Record<string, Flag>>;
