// The keys of one policy provider. See schema.ts.

import { z } from "zod";
import {
  flag,
  integer,
  list,
  milliseconds,
  oneOf,
  optional,
  required,
  syncUrl,
  text,
  withDefault,
} from "./leaf.ts";
import { headerNameFault, headerValueFault } from "./upstream-headers/header-faults.ts";

const header = z.strictObject({
  name: required(
    text({ allowed: "a header name (RFC 9110)", about: "The name.", check: headerNameFault }),
  ),
  value: required({
    ...text({ allowed: "text without control characters", about: "", show: "never" }),
    schema: z.string().check((context) => {
      const message = headerValueFault(context.value);
      if (message === undefined) return;
      context.issues.push({ code: "custom", message, input: "" });
    }),
    about: "The value. Never logged.",
  }),
});

export const providerSchema = z.strictObject({
  id: optional(
    text({
      allowed: "text",
      about:
        "Names the provider in logs and metrics; no two may be the same. Left out: its type and its number in the list, for example `file-1`.",
    }),
  ),
  type: withDefault(
    oneOf(
      ["file", "http", "grpc", "opamp"],
      "Where the policies come from: a file, a control plane by policy sync over HTTP or gRPC, or the remote configuration of an OpAMP server.",
    ),
    "file",
  ),
  enforce: withDefault(
    flag(
      "Whether its policies do anything. `false`: all of them are in shadow: what they would do is counted and shown, and nothing is done.",
    ),
    true,
  ),
  path: optional(
    text({
      allowed: "the path of a JSON, YAML or protobuf file",
      about:
        "The policy file: JSON, YAML, or a `PolicySet` of OpenTelemetry's policies in protobuf. For `file`.",
    }),
  ),
  url: optional(
    syncUrl(
      "The sync address, by convention `<base>/v1/policy/sync`; of `grpc` the server, `grpc://host:port`, or `grpcs://` over TLS; of `opamp` `ws://`, `wss://` (a WebSocket), `http://` or `https://` (polling), by convention `<base>/v1/opamp`. For all but `file`.",
    ),
  ),
  headers: list(
    header,
    "a list of objects with name and value",
    "Headers of each request, metadata of a call. For all but `file`.",
  ),
  poll_interval: optional(
    integer({
      min: 1,
      max: 86_400,
      unit: "seconds",
      about:
        "How often to look for changes; over a WebSocket, how often the server hears that this program lives. Left out: 60 for `http` and `grpc`; 30 for `opamp`; 5 for `file`, whose folder is watched as well.",
    }),
  ),
  poll_interval_secs: optional(
    integer({
      min: 1,
      max: 86_400,
      unit: "seconds",
      about: "`poll_interval`, as other implementations of policies name it. Give one of the two.",
    }),
  ),
  timeout_ms: optional(
    milliseconds(
      "How long one request may take, or a WebSocket to its first answer, 10000 when left out. After it the attempt has failed and the policies in force stay. For all but `file`.",
    ),
  ),
  content_type: optional(
    oneOf(
      ["json", "protobuf"],
      "The encoding of sync requests, `json` when left out; gRPC knows protobuf alone. For `http`.",
      ["application/json", "application/protobuf", "application/x-protobuf"],
    ),
  ),
  cache_path: optional(
    text({
      allowed: "the path of a file",
      about:
        "Keeps the last good response in this file and starts from it when the control plane cannot be reached; of `opamp`, the instance uid as well, in `<cache_path>.uid`, from a stop to the next start. For all but `file`.",
    }),
  ),
});
