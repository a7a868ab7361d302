// One line per message that a wrong configuration can give: the text, and exactly what is said
// about it.

import { describe, expect, test } from "bun:test";
import { problems } from "./support.ts";

type Case = readonly [file: string, ...messages: string[]];

function table(name: string, cases: readonly Case[], env: Record<string, string> = {}): void {
  describe(name, () => {
    test.each(cases.map(([text, ...messages]) => ({ text, messages })))(
      "$text",
      ({ text, messages }) => {
        expect(problems(text, env)).toEqual(messages);
      },
    );
  });
}

table("a value of the wrong kind or size is told with what is allowed", [
  ['{"listen_port": 0}'],
  ['{"listen_port": 65535}'],
  [
    '{\n  "log_level": "info",\n  "listen_port": 99999}',
    "c.json:3:18 listen_port: 99999 is too large; allowed: 0 to 65535.",
  ],
  ['{"listen_port": 65536}', "c.json:1:17 listen_port: 65536 is too large; allowed: 0 to 65535."],
  ['{"listen_port": -1}', "c.json:1:17 listen_port: -1 is too small; allowed: 0 to 65535."],
  [
    '{"listen_port": 80.5}',
    "c.json:1:17 listen_port: 80.5 is not a whole number; allowed: 0 to 65535.",
  ],
  [
    '{"listen_port": "8080"}',
    'c.json:1:17 listen_port: "8080" is text, not a number; allowed: 0 to 65535.',
  ],
  ['{"listen_port": true}', "c.json:1:17 listen_port: true is not a number; allowed: 0 to 65535."],
  ['{"listen_port": []}', "c.json:1:17 listen_port: a list is not a number; allowed: 0 to 65535."],
  [
    '{"max_body_size": 0}',
    "c.json:1:19 max_body_size: 0 is too small; allowed: 1 to 1073741824 bytes.",
  ],
  [
    '{"max_body_size": 1e30}',
    "c.json:1:19 max_body_size: 1e+30 is too large; allowed: 1 to 1073741824 bytes.",
  ],
  [
    '{"max_body_size": -1e30}',
    "c.json:1:19 max_body_size: -1e+30 is too small; allowed: 1 to 1073741824 bytes.",
  ],
  [
    '{"upstream_timeouts": {"idle_ms": 3600001}}',
    "c.json:1:35 upstream_timeouts.idle_ms: 3600001 is too large; allowed: 1 to 3600000 milliseconds.",
  ],
  [
    '{"tap_enabled": "true"}',
    'c.json:1:17 tap_enabled: "true" is text, not true or false; allowed: true or false.',
  ],
  [
    '{"tap_enabled": 1}',
    "c.json:1:17 tap_enabled: 1 is not true or false; allowed: true or false.",
  ],
  [
    '{"log_level": "loud"}',
    'c.json:1:15 log_level: "loud" is not known; allowed: trace, debug, info, warn, err, also warning, error; in any case.',
  ],
  ['{"workspace_id": ""}', 'c.json:1:18 workspace_id: "" is empty; allowed: text.'],
  ['{"workspace_id": {}}', "c.json:1:18 workspace_id: an object is not text; allowed: text."],
  [
    `{"workspace_id": "${"x".repeat(8193)}"}`,
    `c.json:1:18 workspace_id: "${"x".repeat(60)}…" is longer than 8192 characters; allowed: text.`,
  ],
  [
    '{"tls": true}',
    "c.json:1:9 tls: true is not an object; allowed: an object with cert_file, key_file, client_ca_file.",
  ],
  [
    '{"tls": {"cert_file": "c"}}',
    "c.json:1:9 tls.key_file: is missing; allowed: the path of a PEM file.",
  ],
  [
    '{"service": []}',
    "c.json:1:13 service: a list is not an object; allowed: an object with name, namespace, version, instance_id, resource_attributes, labels.",
  ],
  ["[]", "c.json:1:1: a list is not an object; allowed: an object."],
  ["\n 5", "c.json:2:2: a number is not an object; allowed: an object."],
  ["null", "c.json:1:1: null is not an object; allowed: an object."],
]);

table("an address that cannot be listened on is refused", [
  ...["256.1.1.1", "1.2.3", "a b", "-a", "a..b", "[1.2.3.4]", "host:80", "::g", "[::1", "::1]"].map(
    (address): Case => [
      JSON.stringify({ listen_address: address }),
      `c.json:1:19 listen_address: "${address}" is not an address; allowed: an IPv4 or IPv6 address, a host name, or unix:/absolute/path.`,
    ],
  ),
  [
    '{"listen_address": "unix:run"}',
    'c.json:1:20 listen_address: "unix:run" is not an absolute socket path; allowed: an IPv4 or IPv6 address, a host name, or unix:/absolute/path.',
  ],
  [`{"listen_address": "unix:/${"x".repeat(102)}"}`],
  [
    `{"listen_address": "unix:/${"x".repeat(103)}"}`,
    `c.json:1:20 listen_address: "unix:/${"x".repeat(54)}…" is too long for a socket path; allowed: an IPv4 or IPv6 address, a host name, or unix:/absolute/path.`,
  ],
  ...(
    [
      ["localhost", "has no port"],
      ["::1", "has no valid host"],
      ["::1:80", "has no valid host"],
      ["a:65536", "has a port above 65535"],
      ["a b:80", "has no valid host"],
      [":80", "has no valid host"],
    ] as const
  ).map(([address, fault]): Case => [
    JSON.stringify({ admin: { listen: address } }),
    `c.json:1:20 admin.listen: "${address}" ${fault}; allowed: host:port, [IPv6]:port or unix:/absolute/path.`,
  ]),
  [
    '{"listen_address": "[::1]", "listen_port": 81, "admin": {"listen": "[::1]:81"}}',
    "c.json:1:68 admin.listen: overlaps the main listener's address; choose another, or leave it out.",
  ],
  ...(
    [
      ["127.0.0.1", "0.0.0.0:81"],
      ["0.0.0.0", "localhost:81"],
      ["::", "127.0.0.1:81"],
      ["::1", "[::]:81"],
    ] as const
  ).map(([listen_address, listen]): Case => [
    JSON.stringify({ admin: { listen }, listen_address, listen_port: 81 }),
    "c.json:1:20 admin.listen: overlaps the main listener's address; choose another, or leave it out.",
  ]),
  ['{"listen_address": "0.0.0.0", "listen_port": 81, "admin": {"listen": "[::1]:81"}}'],
  ['{"listen_address": "0.0.0.0", "listen_port": 81, "admin": {"listen": "0.0.0.0:82"}}'],
  ['{"listen_address": "unix:/a", "listen_port": 81, "admin": {"listen": "127.0.0.1:81"}}'],
  [
    '{"listen_address": "unix:/a", "admin": {"listen": "unix:/a"}}',
    "c.json:1:51 admin.listen: overlaps the main listener's address; choose another, or leave it out.",
  ],
  ['{"listen_port": 81, "admin": {"listen": "127.0.0.1:82"}}'],
  ['{"listen_port": 0, "admin": {"listen": "127.0.0.1:0"}}'],
]);

table("an unknown key is told with the nearest known one", [
  ['{"$schema": "x", "workspace_id": "w"}'],
  ['{"lisen_port": 1}', 'c.json:1:2 lisen_port: unknown key; did you mean "listen_port"?'],
  ['{"listenPort": 1}', 'c.json:1:2 listenPort: unknown key; did you mean "listen_port"?'],
  [
    '{"upstream_timeouts": {"conect_ms": 1}}',
    'c.json:1:24 upstream_timeouts.conect_ms: unknown key; did you mean "connect_ms"?',
  ],
  [
    '{"connect_ms": 1}',
    'c.json:1:2 connect_ms: unknown key; did you mean "upstream_timeouts.connect_ms"?',
  ],
  ['{"zzz": 1}', "c.json:1:2 zzz: unknown key; remove it, or see the list of keys."],
  [
    '{"admin": {"hosts": ["edge:8080"]}}',
    'c.json:1:22 admin.hosts[0]: "edge:8080" is not a host name; allowed: a host name or an address, without a port.',
  ],
  [
    '{"admin": {"zzz": 1}}',
    "c.json:1:12 admin.zzz: unknown key; allowed: listen, token, hosts, show_payloads, console, find.",
  ],
  [
    '{"policy_providers": [{"pth": "p"}]}',
    'c.json:1:24 policy_providers[0].pth: unknown key; did you mean "path"?',
  ],
  [
    '{"__proto__": {"a": 1}, "constructor": 1, "a\\nb": 1}',
    "c.json:1:2 __proto__: unknown key; remove it, or see the list of keys.",
    "c.json:1:25 constructor: unknown key; remove it, or see the list of keys.",
    'c.json:1:43 ["a\\nb"]: unknown key; remove it, or see the list of keys.',
  ],
  [
    '{"listen_port": 1, "listen_port": 2}',
    'c.json:1:20 duplicate key "listen_port"; keep one of the two.',
  ],
  [
    '{"listen_port": 1',
    'c.json:1:18 expected "," or "}" after a member, found the end of the document.',
  ],
]);

table("what must hold between keys is told at the key", [
  ['{"policy_providers": [{"path": "p"}]}'],
  [
    '{"policy_providers": [{}]}',
    "c.json:1:23 policy_providers[0].path: is missing; a provider of type file needs the policy file.",
  ],
  [
    '{"policy_providers": [{"type": "http"}]}',
    "c.json:1:23 policy_providers[0].url: is missing; a provider of type http needs the sync address.",
  ],
  [
    '{"policy_providers": [{"type": "HTTP", "url": "http://x", "path": "p"}]}',
    'c.json:1:59 policy_providers[0].path: only a provider of type file has it; remove it or use "url".',
  ],
  [
    '{"policy_providers": [{"path": "p", "headers": [{"name": "a", "value": "b"}], "timeout_ms": 1}]}',
    'c.json:1:37 policy_providers[0].headers: only providers of type http, grpc and opamp have it; remove it or set "type" to one of them.',
    'c.json:1:79 policy_providers[0].timeout_ms: only providers of type http, grpc and opamp have it; remove it or set "type" to one of them.',
  ],
  [
    '{"policy_providers": [{"type": "s3", "path": "p"}]}',
    'c.json:1:32 policy_providers[0].type: "s3" is not known; allowed: file, http, grpc, opamp; in any case.',
  ],
  [
    '{"policy_providers": [{"path": "p", "poll_interval": 0}, null]}',
    "c.json:1:54 policy_providers[0].poll_interval: 0 is too small; allowed: 1 to 86400 seconds.",
    "c.json:1:58 policy_providers[1]: null is not an object; allowed: an object with id, type, enforce, path, url, headers, poll_interval, poll_interval_secs, timeout_ms, content_type, cache_path.",
  ],
  [
    '{"policy_providers": [{"path": "p", "poll_interval_secs": 0}]}',
    "c.json:1:59 policy_providers[0].poll_interval_secs: 0 is too small; allowed: 1 to 86400 seconds.",
  ],
  [
    '{"policy_providers": [{"path": "p", "poll_interval": 2, "poll_interval_secs": 2}]}',
    "c.json:1:57 policy_providers[0].poll_interval_secs: is poll_interval by another name; give one.",
  ],
  [
    '{"policy_providers": [{"id": "a", "path": "p"}, {"id": "a", "path": "q"}]}',
    'c.json:1:56 policy_providers[1].id: "a" is the id of policy_providers[0] too; give each its own.',
  ],
  [
    '{"policy_providers": [{"id": "file-2", "path": "p"}, {"path": "q"}]}',
    'c.json:1:54 policy_providers[1]: "file-2" is the id of policy_providers[0] too; give each its own.',
  ],
  [
    '{"upstream_tls": {"cert_file": "c"}}',
    "c.json:1:18 upstream_tls.key_file: is missing; cert_file needs it.",
  ],
  [
    '{"upstream_tls": {"key_file": "c"}}',
    "c.json:1:18 upstream_tls.cert_file: is missing; key_file needs it.",
  ],
  ['{"prometheus": {"targets": {"/metrics/a": "http://a"}}}'],
  [
    '{"prometheus": {"targets": {"metrics": "http://a", "/a?b": "http://a"}}}',
    "c.json:1:29 prometheus.targets.metrics: is not a request path; allowed: a path that begins with / and has no query.",
    'c.json:1:52 prometheus.targets["/a?b"]: is not a request path; allowed: a path that begins with / and has no query.',
  ],
  [
    '{"prometheus": {"targets": {"/_health": "http://a", "/_edge/x": "http://a"}}}',
    'c.json:1:29 prometheus.targets["/_health"]: is one of the program\'s own paths, and never a target; choose another.',
    'c.json:1:53 prometheus.targets["/_edge/x"]: is one of the program\'s own paths, and never a target; choose another.',
  ],
  ['{"prometheus": {"targets": {"/_healthy": "http://a", "/_edges": "http://a"}}}'],
  [
    '{"prometheus": {"targets": {"/m": "http://a", "/m/": "http://b", "//%6d": "http://c"}}}',
    'c.json:1:47 prometheus.targets["/m/"]: is the path "/m" spelled otherwise; keep one.',
    'c.json:1:66 prometheus.targets["//%6d"]: is the path "/m" spelled otherwise; keep one.',
  ],
  ['{"prometheus": {"targets": {"/m": "http://a", "/M": "http://b", "/m/n": "http://c"}}}'],
  [
    '{"prometheus": {"targets": {"/metrics": 5}}}',
    'c.json:1:41 prometheus.targets["/metrics"]: 5 is not text; allowed: an http:// or https:// URL.',
  ],
  [
    '{"prometheus": {"targets": ["/metrics"]}}',
    "c.json:1:28 prometheus.targets: a list is not an object; allowed: an object of request paths, each with the http:// or https:// URL to fetch.",
  ],
]);

function withHeader(name: string, value: string): string {
  const headers = [{ name, value }];
  return JSON.stringify({ policy_providers: [{ type: "http", url: "http://h", headers }] });
}

const HEADER = "policy_providers[0].headers[0]";
table("a header has the name and the value that headers may have", [
  [withHeader("!#$%&'*+.^_`|~09AZaz-", "a\tb \u00ff")],
  [withHeader("a", "")],
  ...(
    [
      ["", "is empty"],
      ["a:", "is not a header name"],
      ["é", "is not a header name"],
    ] as const
  ).map(([name, fault]): Case => [
    withHeader(name, ""),
    `c.json:1:73 ${HEADER}.name: "${name}" ${fault}; allowed: a header name (RFC 9110).`,
  ]),
  ...["b\n", "b\u0000", "\u007f", "\u0100"].map((value): Case => [
    withHeader("a", value),
    `c.json:1:85 ${HEADER}.value: the text has characters no header may have; allowed: text without control characters.`,
  ]),
]);

const URL_ALLOWED = 'allowed: an http://, https://, grpc:// or grpcs:// URL, or "stdout:"';
table("a URL is told without its secrets", [
  ['{"upstream_url": "stdout:"}'],
  ['{"upstream_url": "http://u:p@h/x?api-key=k"}'],
  [
    '{"upstream_url": "ftp://u:hunter2@h/x?api-key=hunter2"}',
    `c.json:1:18 upstream_url: "ftp://***@h/x?***" is not an http or https URL; ${URL_ALLOWED}.`,
  ],
  [
    '{"upstream_url": "http://u:hun/ter2@h:99999/"}',
    `c.json:1:18 upstream_url: "http://***@h:99999/" is not a URL; ${URL_ALLOWED}.`,
  ],
  [
    '{"upstream_url": "u:hunter2@h"}',
    `c.json:1:18 upstream_url: "***@h" is not an http or https URL; ${URL_ALLOWED}.`,
  ],
  [
    '{"logs_url": "http://h/#hunter2"}',
    `c.json:1:14 logs_url: "http://h/#***" has a fragment; ${URL_ALLOWED}.`,
  ],
  ['{"logs_url": "h/x"}', `c.json:1:14 logs_url: "h/x" is not a URL; ${URL_ALLOWED}.`],
  [
    '{"otlp_self_traces_url": "stdout:"}',
    'c.json:1:26 otlp_self_traces_url: "stdout:" is not an http or https URL; allowed: an http:// or https:// URL.',
  ],
]);

table(
  "a secret is never told",
  [
    [
      '{"admin": {"token": "hunter2 "}}',
      "c.json:1:21 admin.token: the text has characters no token may have; allowed: printable ASCII text without spaces.",
    ],
    [
      '{"admin": {"token": 1234}}',
      "c.json:1:21 admin.token: a number is not text; allowed: printable ASCII text without spaces.",
    ],
    [
      '{"policy_providers": [{"type": "http", "url": "http://h", "headers": [{"name": "a b", "value": "hunter2\\n"}]}]}',
      'c.json:1:80 policy_providers[0].headers[0].name: "a b" is not a header name; allowed: a header name (RFC 9110).',
      "c.json:1:96 policy_providers[0].headers[0].value: the text has characters no header may have; allowed: text without control characters.",
    ],
    [
      '{"policy_providers": [{"type": "http", "url": "http://h", "headers": "Authorization: hunter2"}]}',
      "c.json:1:70 policy_providers[0].headers: the text is not a list; allowed: a list of objects with name and value.",
    ],
    [
      '{"service": "hunter2"}',
      "c.json:1:13 service: the text is not an object; allowed: an object with name, namespace, version, instance_id, resource_attributes, labels.",
    ],
    [
      '{"upstream_url": "${SECRET}", "log_level": "x${SECRET}"}',
      `c.json:1:18 upstream_url: "\${SECRET}" is not a URL; ${URL_ALLOWED}.`,
      'c.json:1:44 log_level: "x${SECRET}" is not known; allowed: trace, debug, info, warn, err, also warning, error; in any case.',
    ],
    [
      '{"log_level": "${SECRET", "workspace_id": "${NONE}", "service": {"name": "${0}"}}',
      "c.json:1:15 log_level: ${ is not closed by }; write $${ for a literal ${.",
      "c.json:1:43 workspace_id: the variable NONE is not set; set it, or write ${NONE:-default}.",
      'c.json:1:74 service.name: "0" is not a variable name; allowed: letters, digits and _, not beginning with a digit.',
    ],
  ],
  { SECRET: "hunter2" },
);

const ORIGIN =
  "allowed: an origin (scheme, host and port), with a star for any part of host or port; or a star.";
table("origins and headers of pages", [
  ['{"cors": {"allowed_origins": ["*", "null", "https://*.a.example", "http://localhost:*"]}}'],
  ['{"cors": {"allowed_origins": ["chrome-extension://abc", "https://[::1]:8080", "http*://a"]}}'],
  ['{"cors": {"allowed_headers": ["*", "x-key"], "max_age": 86400}}'],
  [
    '{"cors": {"allowed_origins": ["app.example.com"]}}',
    `c.json:1:31 cors.allowed_origins[0]: "app.example.com" is not an origin; ${ORIGIN}`,
  ],
  [
    '{"cors": {"allowed_origins": ["https://a.example/"]}}',
    `c.json:1:31 cors.allowed_origins[0]: "https://a.example/" is more than an origin: it ends with the host or the port; ${ORIGIN}`,
  ],
  [
    '{"cors": {"allowed_origins": "*"}}',
    "c.json:1:30 cors.allowed_origins: the text is not a list; allowed: a list of origins.",
  ],
  [
    '{"cors": {"allowed_headers": ["x key"]}}',
    'c.json:1:31 cors.allowed_headers[0]: "x key" is not a header name; allowed: the name of a header, or a star.',
  ],
  [
    '{"cors": {"max_age": 86401}}',
    "c.json:1:22 cors.max_age: 86401 is too large; allowed: 0 to 86400 seconds.",
  ],
]);

const OWN_PATH = "is one of the program's own paths, and never a target; choose another.";
table("own paths are no targets of scrapes, however they are spelled", [
  ['{"prometheus": {"targets": {"/_healthy": "http://h", "/x/_edge": "http://h"}}}'],
  ...["/_health/x", "//_edge/x", "/%5fedge", "/_ready/"].map((path): Case => [
    `{"prometheus": {"targets": {"${path}": "http://h"}}}`,
    `c.json:1:29 prometheus.targets["${path}"]: ${OWN_PATH}`,
  ]),
]);
