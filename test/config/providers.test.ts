// Policy providers, above all those that ask an OpAMP server: what is read, and what is refused.

import { expect, test } from "bun:test";
import { load, problems } from "./support.ts";

const CASES: readonly (readonly [string, ...string[]])[] = [
  [
    '{"policy_providers": [{"type": "opamp"}]}',
    "c.json:1:23 policy_providers[0].url: is missing; a provider of type opamp needs the server's address.",
  ],
  [
    '{"policy_providers": [{"type": "opamp", "url": "grpc://h:1"}]}',
    'c.json:1:48 policy_providers[0].url: is none of type opamp; give one that is, or change "type".',
  ],
  [
    '{"policy_providers": [{"type": "http", "url": "ws://h/v1/opamp"}]}',
    'c.json:1:47 policy_providers[0].url: is none of type http; give one that is, or change "type".',
  ],
  [
    '{"policy_providers": [{"type": "opamp", "url": "wss://h/v1/opamp#x"}]}',
    'c.json:1:48 policy_providers[0].url: "wss://h/v1/opamp#***" has a fragment; allowed: an http://, https://, grpc://, grpcs://, ws:// or wss:// URL.',
  ],
  [
    '{"policy_providers": [{"type": "opamp", "url": "ws://h", "content_type": "json"}]}',
    "c.json:1:58 policy_providers[0].content_type: is not chosen by OpAMP clients; leave it out.",
  ],
  [
    '{"policy_providers": [{"type": "opamp", "url": "ws://h", "path": "p.json"}]}',
    'c.json:1:58 policy_providers[0].path: only a provider of type file has it; remove it or use "url".',
  ],
  ['{"policy_providers": [{"type": "OpAMP", "url": "WSS://h/v1/opamp"}]}'],
  ['{"policy_providers": [{"type": "opamp", "url": "https://h/v1/opamp"}]}'],
];

test.each(CASES)("%s", (text, ...faults) => {
  expect(problems(text)).toEqual(faults);
});

test("it has the keys of a server, and is asked every 30 seconds", () => {
  const headers = [{ name: "Authorization", value: "Bearer x" }];
  const provider = { type: "opamp", url: "wss://h/v1/opamp", headers, cache_path: "cache" };
  const { providers } = load(JSON.stringify({ policy_providers: [provider] })).config;
  expect(providers).toEqual([
    {
      type: "opamp",
      id: "opamp-1",
      url: "wss://h/v1/opamp",
      headers,
      pollIntervalMs: 30_000,
      timeoutMs: 10_000,
      cachePath: "/etc/edge/cache",
    },
  ]);
});

test("poll_interval has another name", () => {
  const text = '{"policy_providers":[{"path":"/p","poll_interval_secs":7},{"path":"/q"}]}';
  const intervals = load(text).config.providers.map(({ pollIntervalMs }) => pollIntervalMs);
  expect(intervals).toEqual([7000, 5000]);
});
