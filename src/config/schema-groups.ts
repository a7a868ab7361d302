// The groups of keys below the top level: TLS, timeouts, scrapes, own pages, identity. See
// schema.ts.

import { z } from "zod";
import {
  HINTS,
  flag,
  hostName,
  httpUpstreamUrl,
  httpUrl,
  integer,
  list,
  listenAddressFault,
  listenPairFault,
  milliseconds,
  oneOf,
  optional,
  originFault,
  pemFile,
  price,
  redisUrl,
  required,
  share,
  text,
  withDefault,
} from "./leaf.ts";
import { headerNameFault } from "./upstream-headers/header-faults.ts";

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

export const upstreamTimeouts = z
  .strictObject({
    connect_ms: withDefault(
      milliseconds("How long opening a connection may take. After it the client gets 504."),
      5000,
    ),
    first_byte_ms: withDefault(
      milliseconds(
        "How long the upstream may take from the request to the head of its response. After it the client gets 504.",
      ),
      30_000,
    ),
    idle_ms: withDefault(
      milliseconds(
        "How long a response may pause between two pieces. After it the connection to the client is cut, so that a part is never taken for the whole.",
      ),
      30_000,
    ),
  })
  .prefault({})
  .describe("How long to wait for an upstream.");

export const upstreamTls = z
  .strictObject({
    ca_file: optional(
      pemFile(
        "Certificate authorities to trust instead of the system's, for https upstreams; also when NODE_TLS_REJECT_UNAUTHORIZED is 0.",
      ),
    ),
    cert_file: optional(pemFile("Client certificate to show to upstreams. Needs `key_file`.")),
    key_file: optional(pemFile("Private key of `cert_file`.")),
  })
  .optional()
  .describe("TLS of connections to upstreams.");

export const tls = z
  .strictObject({
    cert_file: required(
      pemFile(
        "Certificate chain of the listener. Read again when one of these files changes, and on SIGHUP; not on a unix socket.",
      ),
    ),
    key_file: required(pemFile("Private key of `cert_file`.")),
    client_ca_file: optional(
      pemFile("When set, clients must show a certificate that one of these authorities signed."),
    ),
  })
  .optional()
  .describe("TLS of the listener. Left out: plain HTTP.");

export const grpc = z
  .strictObject({
    listen_address: optional(
      text({
        allowed: "an IPv4 or IPv6 address, a host name, or unix:/absolute/path",
        about: "Where to listen. Left out: as `listen_address`. With `unix:` the port is not used.",
        check: listenAddressFault,
      }),
    ),
    listen_port: optional(
      integer({
        min: 0,
        max: 65_535,
        about:
          "The port to listen on, by convention 4317; 0 lets the system choose one, which is logged. Left out: gRPC is not served.",
      }),
    ),
  })
  .prefault({})
  .describe(
    "OTLP over gRPC, on a port of its own, with TLS where `tls` is set. Its calls are judged, counted and bounded as requests over HTTP are.",
  );

const targetsHint = {
  allowed: "an object of request paths, each with the http:// or https:// URL to fetch",
  kind: "map",
  show: "never",
  unit: undefined,
} as const;

export const prometheus = z
  .strictObject({
    url: optional(
      httpUpstreamUrl(
        "Where scrapes of `/metrics` go: a base URL, or one that ends in `/metrics`. Left out: `metrics_url`, then `upstream_url`.",
      ),
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
          "Most bytes read from the target for one scrape; 0 means no limit. At the limit the response ends at a line border and the connection is aborted, so that the scrape counts as failed.",
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

const ORIGIN = {
  allowed: "an origin (scheme, host and port), with a star for any part of host or port; or a star",
  about: "An origin.",
  check: originFault,
} as const;
const HEADER_NAME = {
  allowed: "the name of a header, or a star",
  about: "A header.",
  check: headerNameFault,
} as const;

const policyPattern = text({
  allowed: "text in which * is any text and ? any character",
  about: "A pattern.",
});

export const shadowPolicies = list(
  required(policyPattern),
  "a list of patterns",
  "Policies that are tried and do nothing: those whose id or name fits one of these patterns, whichever provider has them; `*` is any text, `?` any character. What they would do is counted and shown.",
);

export const cors = z
  .strictObject({
    allowed_origins: list(
      required(text(ORIGIN)),
      "a list of origins",
      "Whose pages may send telemetry and read the responses, for example `https://app.example.com`, `https://*.example.com`, `http://localhost:*`. `*` alone is every origin, without credentials. Empty: preflights are forwarded, and no header is added.",
    ),
    allowed_headers: list(
      required(text(HEADER_NAME)),
      "a list of header names",
      "What such pages may send besides `Accept`, `Content-Type` and `X-Requested-With`, for example `Content-Encoding`; `*`: everything.",
    ),
    max_age: withDefault(
      integer({
        min: 0,
        max: 86_400,
        unit: "seconds",
        about: "How long browsers may go by the response to a preflight. 0: they decide.",
      }),
      0,
    ),
  })
  .prefault({})
  .describe(
    "Telemetry from browsers, in the words of the Collector's receivers. Preflights are answered by Edge, and answers that say nothing of origins themselves get the headers; `/_health`, `/_ready` and `/_edge/*` never do.",
  );

export const admin = z
  .strictObject({
    listen: optional(
      text({
        allowed: "host:port, [IPv6]:port or unix:/absolute/path",
        about:
          "Serves `/_edge/*` on this address instead of the main one, in plain HTTP also when `tls` is set.",
        pattern: "^unix:/|:[0-9]+$",
        check: listenPairFault,
      }),
    ),
    token: optional(
      text({
        allowed: "printable ASCII text without spaces",
        about: "Bearer token that `/_edge/*` asks for. Left out: no token is needed.",
        show: "never",
        pattern: "^[!-~]+$",
        check: (value) => (/^[!-~]+$/.test(value) ? undefined : "has characters no token may have"),
      }),
    ),
    hosts: list(
      required(hostName("A host.")),
      "a list of host names",
      "Names by which `/_edge/*` may be asked for without a token. Addresses, `localhost`, names of one word, names that end in `.local`, `.internal` or `.home.arpa`, and that of `listen_address` always may.",
    ),
    show_payloads: withDefault(
      flag("Lets the pages below `/_edge/` show telemetry. Off, they show counts and names only."),
      false,
    ),
    console: withDefault(
      flag(
        "Serves the console, a web page, at `/_edge/`. Its program is sent to whoever asks; what it shows, `token` protects, and `show_payloads` allows.",
      ),
      false,
    ),
    find: withDefault(
      flag(
        "Remembers where logs and spans went, so that `/_edge/find` can tell where a trace id or a text is: some 25 MB in each thread that serves. Signals that no policy looks at are read for it, too.",
      ),
      false,
    ),
  })
  .prefault({})
  .describe("The pages below `/_edge/`.");

export const analysis = z
  .strictObject({
    signals: list(
      required(oneOf(["logs", "metrics", "traces"], "A kind of telemetry.")),
      "a list of logs, metrics and traces",
      "What is looked at from the start on, until the program ends. Empty: nothing, until `POST /_edge/analysis` switches it on for a while.",
    ),
    sample: withDefault(
      share(
        "Share of requests that are looked at. Some 100 records of a second are in each thread, whatever this says.",
      ),
      0.01,
    ),
    memory_max_bytes: withDefault(
      integer({
        min: 1024 * 1024,
        max: 1024 * 1024 * 1024,
        unit: "bytes",
        about:
          "What the sketches of all threads may take. With more memory, rarer patterns are found.",
      }),
      16 * 1024 * 1024,
    ),
  })
  .prefault({})
  .describe("What is in the stream: patterns of logs, series of metrics, names of spans.");

export const failureCapture = z
  .strictObject({
    dir: optional({
      ...text({ allowed: "the path of a folder", about: "" }),
      schema: z.string().max(4096),
      about:
        "The folder for them. It is made when the first one is written, for this user alone. Left out or empty: nothing is kept.",
    }),
    max_dumps: withDefault(
      integer({
        min: 1,
        max: 10_000,
        unit: "files",
        about:
          "Most dumps in the folder, over all workers and restarts. The oldest stay: once there are so many, further failures are counted and not kept, until you move or remove some.",
      }),
      100,
    ),
  })
  .prefault({})
  .describe(
    "Dumps of requests that the upstream answered with 400, 408 or 413, or that policies could not read, for `edge replay`. They hold telemetry: see [operating](operating.md#requests-that-failed).",
  );

const KEY_PREFIX = "^[!-z|~]{1,100}$";

export const sharedLimits = z
  .strictObject({
    url: optional(
      redisUrl(
        "A Redis or Valkey server that all instances reach, as in `redis://:${REDIS_PASSWORD}@redis:6379/0`; `rediss://` for TLS. Left out: rate limits hold for each instance alone.",
      ),
    ),
    key_prefix: withDefault(
      text({
        allowed: "1 to 100 printable ASCII characters without spaces and braces",
        about:
          "Before every key in the store. Instances with the same prefix share their limits: give each fleet one of its own.",
        pattern: KEY_PREFIX,
        check: (value) =>
          new RegExp(KEY_PREFIX).test(value) ? undefined : "has characters no prefix may have",
      }),
      "edge:",
    ),
    timeout_ms: withDefault(
      milliseconds(
        "How long the store may take to connect and to answer one call. After it the store counts as away, and each instance goes on with its share. Records never wait for it.",
      ),
      500,
    ),
  })
  .prefault({})
  .describe(
    "Rate limits that hold over all instances: what `100/s` lets pass is 100 a second in all. See [scaling](scaling.md#limits-that-hold-over-all-instances).",
  );

const CURRENCY = "^[A-Z]{3}$";

function signalCost(signal: string) {
  return z
    .strictObject({
      per_gb: optional(price(`What a GB of ${signal} costs. Left out: \`cost.per_gb\`.`)),
      per_million_records: optional(
        price(`What a million records of ${signal} cost. Left out: \`cost.per_million_records\`.`),
      ),
    })
    .prefault({})
    .describe(`What ${signal} cost, where that differs.`);
}

export const cost = z
  .strictObject({
    per_gb: optional(
      price(
        "What a GB costs: 1,000,000,000 bytes of records, uncompressed. Left out: nothing, as 0.",
      ),
    ),
    per_million_records: optional(
      price("What a million records cost, besides their bytes. Left out: nothing, as 0."),
    ),
    currency: withDefault(
      text({
        allowed: "three capital letters, as USD and EUR (ISO 4217)",
        about: "What the prices are in.",
        pattern: CURRENCY,
        check: (value) =>
          new RegExp(CURRENCY).test(value) ? undefined : "is not the code of a currency",
      }),
      "USD",
    ),
    logs: signalCost("logs"),
    metrics: signalCost("metrics"),
    traces: signalCost("traces"),
  })
  .prefault({})
  .describe(
    "What your backend takes for telemetry, so that `/_edge/savings` and `edge replay --config` can tell in money what policies save. It changes nothing about what passes, and is in no metric.",
  );

export const service = z
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
