// Every key of the configuration file: its kind, its default, what it is for. The reference page, the JSON Schema,
// the environment variables and the error messages are all derived from this table.

import { z } from "zod";
import {
  HINTS,
  flag,
  headerNameFault,
  headerValueFault,
  httpUrlFault,
  integer,
  list,
  listenAddressFault,
  listenPairFault,
  optional,
  required,
  text,
  upstreamUrlFault,
  withDefault,
} from "./leaf.ts";

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

function oneOf(words: readonly string[], about: string, also: readonly string[] = []) {
  const known = new Set([...words, ...also]);
  const more = also.length === 0 ? "" : `, also ${also.join(", ")}`;
  const kind = text({
    allowed: `${words.join(", ")}${more}; in any case`,
    about,
    check: (value) => (known.has(value.toLowerCase()) ? undefined : "is not known"),
  });
  return { ...kind, schema: kind.schema.meta({ examples: [...words] }) };
}

function milliseconds(about: string, min = 1) {
  return integer({ min, max: HOUR_MS, unit: "milliseconds", about });
}

function upstreamUrl(about: string) {
  const allowed = 'an http:// or https:// URL, or "stdout:"';
  return text({ allowed, about, show: "url", check: upstreamUrlFault });
}

function httpUrl(about: string) {
  return text({
    allowed: "an http:// or https:// URL",
    about,
    show: "url",
    check: httpUrlFault,
  });
}

function pemFile(about: string) {
  return text({ allowed: "the path of a PEM file", about });
}

function attributes(about: string) {
  const item = z.strictObject({
    key: required(text({ allowed: "text", about: "The name." })),
    value: required({
      ...text({ allowed: "text", about: "" }),
      schema: z.string(),
      about: "The value.",
    }),
  });
  return list(item, "a list of objects with key and value", about);
}

const upstreamTimeouts = z
  .strictObject({
    connect_ms: withDefault(
      milliseconds("How long opening a connection may take. After it the client gets 504."),
      5000,
    ),
    first_byte_ms: withDefault(
      milliseconds(
        "How long the upstream may take from the request to the head of its answer. After it the client gets 504.",
      ),
      30_000,
    ),
    idle_ms: withDefault(
      milliseconds(
        "How long an answer may pause between two pieces. After it the connection to the client is cut, so that a part is never taken for the whole.",
      ),
      30_000,
    ),
  })
  .prefault({})
  .describe("How long to wait for an upstream.");

const upstreamTls = z
  .strictObject({
    ca_file: optional(
      pemFile("Certificate authorities to trust instead of the system's, for https upstreams."),
    ),
    cert_file: optional(pemFile("Client certificate to show to upstreams. Needs `key_file`.")),
    key_file: optional(pemFile("Private key of `cert_file`.")),
  })
  .optional()
  .describe("TLS of connections to upstreams.");

const tls = z
  .strictObject({
    cert_file: required(pemFile("Certificate chain of the listener.")),
    key_file: required(pemFile("Private key of `cert_file`.")),
    client_ca_file: optional(
      pemFile("When set, clients must show a certificate that one of these authorities signed."),
    ),
  })
  .optional()
  .describe("TLS of the listener. Left out: plain HTTP.");

const targetsHint = {
  allowed: "an object of request paths, each with the http:// or https:// URL to fetch",
  kind: "map",
  show: "never",
  unit: undefined,
} as const;

const prometheus = z
  .strictObject({
    url: optional(
      upstreamUrl("Where scrapes of `/metrics` go. Left out: `metrics_url`, then `upstream_url`."),
    ),
    targets: z
      .record(z.string(), required(httpUrl("The URL to fetch.")))
      .default({})
      .describe(
        'Scrape paths with their own URL, for example {"/metrics/app1": "http://app1:9100/metrics"}.',
      )
      .register(HINTS, targetsHint),
    max_input_bytes_per_scrape: withDefault(
      integer({
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
        unit: "bytes",
        about:
          "Most bytes read from the target for one scrape; 0 means no limit. At the limit the answer ends at a line border and the connection is aborted, so that the scrape counts as failed.",
      }),
      0,
    ),
    max_output_bytes_per_scrape: withDefault(
      integer({
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
        unit: "bytes",
        about:
          "Most bytes sent to the scraper for one scrape; 0 means no limit. At the limit: as for `max_input_bytes_per_scrape`.",
      }),
      0,
    ),
  })
  .prefault({})
  .describe("Prometheus scrapes.");

const admin = z
  .strictObject({
    listen: optional(
      text({
        allowed: "host:port, [IPv6]:port or unix:/absolute/path",
        about: "Serves `/_edge/*` on this address instead of the main one.",
        check: listenPairFault,
      }),
    ),
    token: optional(
      text({
        allowed: "printable ASCII text",
        about: "Bearer token that `/_edge/*` asks for. Left out: no token is needed.",
        show: "never",
        check: (value) =>
          /^[\x21-\x7e]+$/.test(value) ? undefined : "has characters no token may have",
      }),
    ),
    show_payloads: withDefault(
      flag("Lets the pages below `/_edge/` show telemetry. Off, they show counts and names only."),
      false,
    ),
  })
  .prefault({})
  .describe("The pages below `/_edge/`.");

const service = z
  .strictObject({
    name: withDefault(text({ allowed: "text", about: "Sent as `service.name`." }), "tero-edge"),
    namespace: withDefault(
      text({ allowed: "text", about: "Sent as `service.namespace`." }),
      "tero",
    ),
    version: withDefault(text({ allowed: "text", about: "Sent as `service.version`." }), "latest"),
    instance_id: optional(
      text({
        allowed: "text",
        about: "Sent as `service.instance.id`. Left out: a random one for each start.",
      }),
    ),
    resource_attributes: attributes("More resource attributes to send, after those above."),
    labels: attributes("Labels to send."),
  })
  .prefault({})
  .describe("Who this instance is, as the control plane is told when policies are fetched.");

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
        "Names the provider in logs and metrics; no two may be the same. Left out: its type and its place in the list, for example `file-1`.",
    }),
  ),
  type: withDefault(oneOf(["file", "http"], "Where the policies come from."), "file"),
  path: optional(
    text({ allowed: "the path of a JSON or YAML file", about: "The policy file. For `file`." }),
  ),
  url: optional(httpUrl("The sync address, by convention `<base>/v1/policy/sync`. For `http`.")),
  headers: list(
    header,
    "a list of objects with name and value",
    "Headers of each sync request. For `http`.",
  ),
  poll_interval: optional(
    integer({
      min: 1,
      max: 86_400,
      unit: "seconds",
      about:
        "How often to look for changes. Left out: 60 for `http`; 5 for `file`, whose folder is watched as well.",
    }),
  ),
  timeout_ms: optional(
    milliseconds(
      "How long one sync request may take, 10000 when left out. After it the attempt has failed and the policies in force stay. For `http`.",
    ),
  ),
  content_type: optional(
    oneOf(
      ["json", "protobuf"],
      "The encoding of sync requests, `json` when left out. For `http`.",
      ["application/json", "application/protobuf", "application/x-protobuf"],
    ),
  ),
  cache_path: optional(
    text({
      allowed: "the path of a file",
      about:
        "Keeps the last good answer in this file and starts from it when the control plane cannot be reached. For `http`.",
    }),
  ),
});

export const configSchema = z.strictObject({
  $schema: optional(
    text({ allowed: "text", about: "Address of the JSON Schema, for editors. Not read." }),
  ),
  listen_address: withDefault(
    text({
      allowed: "an IPv4 or IPv6 address, a host name, or unix:/absolute/path",
      about: "Where to listen. With `unix:` the port is not used.",
      check: listenAddressFault,
    }),
    "127.0.0.1",
  ),
  listen_port: withDefault(
    integer({
      min: 0,
      max: 65_535,
      about: "The port to listen on; 0 lets the system choose one, which is logged.",
    }),
    8080,
  ),
  tls,
  upstream_url: withDefault(
    upstreamUrl(
      "Where telemetry and all other requests go. `stdout:` prints telemetry, one record a line, and answers as a backend would.",
    ),
    "http://127.0.0.1:80",
  ),
  logs_url: optional(upstreamUrl("Where logs go, of OTLP and Datadog. Left out: `upstream_url`.")),
  metrics_url: optional(
    upstreamUrl("Where metrics go, of OTLP and Datadog. Left out: `upstream_url`."),
  ),
  traces_url: optional(upstreamUrl("Where traces go. Left out: `upstream_url`.")),
  upstream_timeouts: upstreamTimeouts,
  upstream_tls: upstreamTls,
  log_level: withDefault(
    oneOf(
      ["trace", "debug", "info", "warn", "err"],
      "The least important events that are logged.",
      ["warning", "error"],
    ),
    "info",
  ),
  log_format: withDefault(
    oneOf(["text", "json"], "One event a line, as key=value pairs or as JSON."),
    "text",
  ),
  max_body_size: withDefault(
    integer({
      min: 1,
      max: 1024 * MIB,
      unit: "bytes",
      about:
        "Largest request body as received. A larger one is refused with 413; nothing is forwarded.",
    }),
    20 * MIB,
  ),
  max_decoded_bytes: withDefault(
    integer({
      min: 1,
      max: 1024 * MIB,
      unit: "bytes",
      about:
        "Largest request body after decompression. A larger one is forwarded as received, without policies, and counted as `decoded_too_large`.",
    }),
    64 * MIB,
  ),
  max_connections: withDefault(
    integer({
      min: 1,
      max: 65_534,
      unit: "requests",
      about: "Most requests in flight. One more is refused with 503.",
    }),
    256,
  ),
  worker_count: withDefault(
    integer({
      min: 1,
      max: 256,
      unit: "workers",
      about: "Threads that serve requests; each has its own copy of the policies.",
    }),
    1,
  ),
  thread_pool_count: optional(
    integer({
      min: 0,
      max: 65_535,
      about: "Accepted so that existing files load. It has no effect, and a warning says so.",
    }),
  ),
  header_timeout_ms: withDefault(
    milliseconds(
      "How long a client may take to send a request's head. After it the connection is closed.",
    ),
    10_000,
  ),
  ready_timeout_ms: withDefault(
    milliseconds(
      "How long `/_ready` waits for the first answer of every policy provider. After it the instance is ready with the policies that it has.",
      0,
    ),
    10_000,
  ),
  shutdown_timeout_ms: withDefault(
    milliseconds(
      "How long requests in flight may take to finish after SIGTERM or SIGINT. After it they are cut.",
      0,
    ),
    5000,
  ),
  tap_enabled: withDefault(
    flag("Serves `/_edge/tap/pre` and `/_edge/tap/post`, which show passing records."),
    false,
  ),
  admin,
  prometheus,
  workspace_id: optional(
    text({ allowed: "text", about: "Sent to the control plane as the label `workspace.id`." }),
  ),
  service,
  policy_providers: list(
    providerSchema,
    "a list of objects, each with a type and a path or url",
    "Where policies come from. When two providers have a policy of the same id, the first in this list wins.",
  ),
  otlp_self_traces_url: optional(
    httpUrl("Where spans about the program's own work go, as OTLP over HTTP. Left out: nowhere."),
  ),
});

/** The file's content after validation, still in the words of the file. */
export type ConfigFile = z.output<typeof configSchema>;
export type ProviderEntry = ConfigFile["policy_providers"][number];
