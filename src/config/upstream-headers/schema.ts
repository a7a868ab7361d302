// The keys of one header that is set, added or removed on the way to upstreams. See ../schema.ts.

import { z } from "zod";
import { list, oneOf, optional, required, text, withDefault } from "../leaf.ts";
import { givenNameFault, headerValueFault } from "./header-faults.ts";

/** Names of upstreams, as users write them. */
export const UPSTREAM_WORDS = ["default", "logs", "metrics", "traces", "prometheus"] as const;
export const ACTION_WORDS = ["set", "add", "default", "remove"] as const;

const VALUE = "1 to 8192 characters without control characters";

export const upstreamHeaderSchema = z.strictObject({
  name: required(
    text({
      allowed: "a header name (RFC 9110) that is not of the connection or of the body",
      about: "The name, in any case.",
      check: givenNameFault,
    }),
  ),
  action: withDefault(
    oneOf(
      ACTION_WORDS,
      "`set`: takes the place of what the client sent. `add`: besides what it sent. `default`: only if it sent none. `remove`: what it sent is not sent on.",
    ),
    "set",
  ),
  value: optional(
    text({
      allowed: VALUE,
      show: "never",
      about: "The value. Never logged.",
      check: headerValueFault,
    }),
  ),
  value_file: optional(
    text({
      allowed: "the path of a file",
      about:
        "A file with the value, in place of `value`; white space around it is left out. It is read again when it changes.",
    }),
  ),
  upstreams: list(
    required(oneOf(UPSTREAM_WORDS, "An upstream.")),
    `a list of ${UPSTREAM_WORDS.join(", ")}`,
    "For which requests: `logs`, `metrics`, `traces`, scrapes (`prometheus`), or all others (`default`), also when they go to the same address. Left out: all but scrapes, so that no exporter is sent a key by mistake.",
  ),
});
