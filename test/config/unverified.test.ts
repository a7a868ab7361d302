// Certificates that nobody checks are told of, and no others.

import { expect, test } from "bun:test";
import { load } from "./support.ts";

const OFF = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
const KEYS = {
  upstream_url: "https://u:p@up.example/x?key=1",
  logs_url: "https://logs.example",
  metrics_url: "http://plain.example",
  traces_url: "stdout:",
  prometheus: { url: "https://prom.example", targets: { "/m": "https://target.example" } },
  policy_providers: [
    { type: "http", url: "https://sync.example/v1/policy/sync" },
    { type: "file", path: "p.json" },
  ],
  otlp_self_traces_url: "https://spans.example",
};

function warned(keys: object, env: Record<string, string>): readonly string[] {
  return load(JSON.stringify(keys), env).warnings;
}

const told = (...urls: string[]): string[] => [
  `NODE_TLS_REJECT_UNAUTHORIZED=0: whoever answers for ${urls.join(", ")} is believed, and can read and change what is sent; unset it, and name private authorities in upstream_tls.ca_file (upstreams) or NODE_EXTRA_CA_CERTS.`,
];

test("every https URL is named once, without secrets", () => {
  expect(warned(KEYS, OFF)).toEqual(
    told(
      "https://***@up.example/x?***",
      "https://logs.example",
      "https://prom.example",
      "https://target.example",
      "https://sync.example/v1/policy/sync",
      "https://spans.example",
    ),
  );
});

test("so are those of gRPC", () => {
  const keys = {
    upstream_url: "grpcs://up.example",
    logs_url: "grpc://plain.example",
    policy_providers: [{ type: "grpc", url: "grpcs://sync.example" }],
  };
  expect(warned(keys, OFF)).toEqual(told("grpcs://up.example", "grpcs://sync.example"));
});

test("so are those of buckets that are written to, and of shared rate limits", () => {
  const targets = [
    { name: "aws", bucket: "b", region: "eu-west-1", endpoint: null },
    { name: "own", bucket: "b", endpoint: "https://s3.example" },
    { name: "plain", bucket: "b", endpoint: "http://s3.example" },
  ];
  const keys = {
    upstream_url: "http://h",
    s3_dump: { enabled: true, targets },
    shared_limits: { url: "rediss://u:p@redis.example" },
  };
  expect(warned(keys, OFF)).toEqual(
    told("https://s3.eu-west-1.amazonaws.com", "https://s3.example", "rediss://***@redis.example"),
  );
  const off = { s3_dump: { enabled: false, targets } };
  expect(warned({ upstream_url: "http://h", ...off }, OFF)).toEqual([]);
});

test("upstreams with an authority of their own are checked all the same", () => {
  expect(warned({ ...KEYS, upstream_tls: { ca_file: "ca.pem" } }, OFF)).toEqual(
    told("https://sync.example/v1/policy/sync", "https://spans.example"),
  );
});

test.each([{}, { NODE_TLS_REJECT_UNAUTHORIZED: "" }, { NODE_TLS_REJECT_UNAUTHORIZED: "1" }])(
  "nothing is said with %j",
  (env) => {
    expect(warned(KEYS, env)).toEqual([]);
  },
);

test("nothing is said when nothing goes over TLS", () => {
  expect(warned({ upstream_url: "http://h" }, OFF)).toEqual([]);
});
