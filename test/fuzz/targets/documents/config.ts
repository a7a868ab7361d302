// The configuration: a file of any text and variables of any value are read, or each problem is
// said; in lenient mode they are always read.

import { ConfigError } from "../../../../src/config/index.ts";
import { load } from "../../../config/support.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";

const VARIABLES = [
  "TERO_UPSTREAM_URL",
  "TERO_LISTEN_PORT",
  "TERO_POLICY_PROVIDERS",
  "TERO_LOG_LEVEL",
];

export const target: FuzzTarget = {
  seeds: chosen(
    [
      '{"upstream_url":"https://a.example","listen_port":1,"log_level":"debug"}',
      '{"policy_providers":[{"id":"f","type":"file","path":"p.json"},{"id":"h","type":"http","url":"http://c.example","poll_interval_ms":1000}]}',
      '{"upstream_url":"${URL}/x","admin":{"listen":"127.0.0.1:1","token":"${TOKEN:-t}"},"metrics":{}}',
      "upstream_url: https://a.example\nlisten_port: 8080\nupstream_headers:\n  authorization: Bearer ${TOKEN}\n",
      "http://b.example",
      "policy_providers: [",
    ],
    [0, 1, 2, 3, 4],
  ),
  words: ["${", "}", ":-", "${TOKEN}", "upstream_timeouts", "limits", "tls", "cert_file"],
  check(input) {
    const choice = (input[0] ?? 0) % 5;
    const text = new TextDecoder().decode(input.subarray(1));
    const variable = VARIABLES[choice];
    const [file, env] =
      variable === undefined ? [text, {}] : [choice === 0 ? text : "{}", { [variable]: text }];
    try {
      load(file, { TOKEN: "t", URL: "https://c.example", ...(choice === 0 ? {} : env) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (error.message === "") throw new Error("an error that says nothing", { cause: error });
    }
  },
};
