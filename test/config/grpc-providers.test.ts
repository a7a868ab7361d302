// Policy providers over gRPC: what is read, and what is refused.

import { expect, test } from "bun:test";
import { load, problems } from "./support.ts";

const CASES: readonly (readonly [string, ...string[]])[] = [
  [
    '{"policy_providers": [{"type": "grpc"}]}',
    "c.json:1:23 policy_providers[0].url: is missing; a provider of type grpc needs the sync address.",
  ],
  [
    '{"policy_providers": [{"type": "grpc", "url": "https://h/sync"}]}',
    'c.json:1:47 policy_providers[0].url: is none of type grpc; give one that is, or change "type".',
  ],
  [
    '{"policy_providers": [{"type": "http", "url": "grpc://h:1"}]}',
    'c.json:1:47 policy_providers[0].url: is none of type http; give one that is, or change "type".',
  ],
  [
    '{"policy_providers": [{"type": "grpc", "url": "grpc://h:1/sync"}]}',
    'c.json:1:47 policy_providers[0].url: "grpc://h:1/sync" is more than a server: gRPC has paths of its own; allowed: an http://, https://, grpc://, grpcs://, ws:// or wss:// URL.',
  ],
  [
    '{"policy_providers": [{"type": "grpc", "url": "grpc://h:1", "content_type": "json"}]}',
    "c.json:1:77 policy_providers[0].content_type: is not spoken over gRPC; leave it out.",
  ],
  ['{"policy_providers": [{"type": "GRPC", "url": "GRPCS://h", "content_type": "protobuf"}]}'],
];

test.each(CASES)("%s", (text, ...faults) => {
  expect(problems(text)).toEqual(faults);
});

test("it is asked as one over HTTP is, in protobuf", () => {
  const provider = { type: "grpc", url: "grpcs://sync.example:4317", cache_path: "cache" };
  const { providers } = load(JSON.stringify({ policy_providers: [provider] })).config;
  expect(providers).toEqual([
    {
      type: "grpc",
      id: "grpc-1",
      url: "grpcs://sync.example:4317",
      headers: [],
      encoding: "protobuf",
      pollIntervalMs: 60_000,
      timeoutMs: 10_000,
      cachePath: "/etc/edge/cache",
    },
  ]);
});
