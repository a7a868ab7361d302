// What `validate` prints, in a pipe and on a terminal, of each kind of mistake.

import { describe, expect, test } from "bun:test";
import { expectGolden } from "../support/golden.ts";
import { dropOf, policySetBytes } from "../policy/wire/policy-set.ts";
import { CommandFolder, styled } from "../support/terminal.ts";

const BAD = `policies:
  - id: noisy
    name: Noisy
    log:
      match: [{log_field: body, regex: 'a**b'}]
      keep: nnone
  - id: odd
    name: Odd
    log:
      match:
        - {log_field: severity_number, exact: "17"}
      keep: none
`;
const MATCH = [{ log_field: "body", exists: true }];
const GOOD = JSON.stringify({
  policies: [{ id: "a", name: "A", log: { match: MATCH, keep: "none" } }],
});

describe("edge validate", () => {
  test("shows every mistake of a policy file, in a pipe", async () => {
    using folder = new CommandFolder({ "policies.yaml": BAD });
    const { code, out, err } = await folder.inPipe(["validate", "policies.yaml"]);
    expect([code, err]).toEqual([78, ""]);
    expectGolden("validate-policies.txt", out);
  });

  test("colours it on a terminal, unless it is asked not to", async () => {
    using folder = new CommandFolder({ "policies.yaml": BAD.replace("a**b", "ab") });
    const args = ["validate", "policies.yaml"];
    const coloured = await folder.onTerminal(args);
    expectGolden("validate-policies-coloured.txt", styled(coloured.out));
    const plain = await folder.inPipe(args);
    expect(plain.out).not.toContain("\u001b");
    expect((await folder.onTerminal(args, { NO_COLOR: "1" })).out).toBe(plain.out);
    expect((await folder.onTerminal([...args, "--color=never"])).out).toBe(plain.out);
    expect((await folder.inPipe([...args, "--color=always"])).out).toBe(coloured.out);
  });

  test("shows the mistakes of the policy files, too, when the configuration has some", async () => {
    using folder = new CommandFolder({
      "policies.yaml": BAD,
      "good.json": GOOD,
      "config.json": `{
  "listen_prot": 1,
  "log_level": "loud",
  "policy_providers": [{"path": "policies.yaml"}, {"path": "good.json"}, {"path": 5}]
}`,
    });
    const { code, out } = await folder.inPipe(["validate", "config.json"]);
    expect(code).toBe(78);
    expectGolden("validate-both.txt", out.replaceAll(folder.path, "."));
  });

  test("takes a policy file, a folder of them, or a configuration with them", async () => {
    using folder = new CommandFolder({
      "policies.json": GOOD,
      "more/one.json": GOOD,
      "more/two.json": GOOD.replace('"id":"a"', '"id":"b"'),
      "config.json": '{"upstream_url":"stdout:","policy_providers":[{"path":"later.json"}]}',
    });
    expect(await folder.inPipe(["validate", "policies.json"])).toEqual({
      code: 0,
      out: "policies.json: ok, 1 policy\nno problems\n",
      err: "",
    });
    const { code, out } = await folder.inPipe(["validate", "config.json", "more"]);
    expect(code).toBe(0);
    expectGolden("validate-folder.txt", out.replaceAll(folder.path, "."));
  });

  test("points at mistakes of a configuration, and shows none of its secrets", async () => {
    using folder = new CommandFolder({
      "edge.yaml":
        "listen_port: 99999\nadmin: {token: hunter2-hunter2, nope: 1}\nupstream_url: x\n",
    });
    const { code, out } = await folder.inPipe(["validate", "edge.yaml"]);
    expect(code).toBe(78);
    expectGolden("validate-config.txt", out);
    expect(out).not.toContain("hunter2");
  });

  test("prints a document with --json", async () => {
    using folder = new CommandFolder({ "p.yaml": BAD.replace("nnone", "none") });
    const { code, out } = await folder.inPipe(["validate", "--json", "p.yaml"]);
    expect([code, JSON.parse(out)]).toEqual([
      78,
      {
        ok: false,
        errors: 1,
        findings: [
          {
            severity: "warning",
            file: "p.yaml",
            line: 11,
            column: 11,
            message:
              '"odd": log: match[0]: never matches: severity_number is a number: write 17 without quotes',
          },
          {
            severity: "error",
            file: "p.yaml",
            line: 5,
            column: 42,
            length: 2,
            message: '"noisy": log: match[0]: invalid regex "a**b": bad repetition operator: **',
          },
        ],
      },
    ]);
  });

  test("of a file that is neither it shows nothing but the place", async () => {
    using folder = new CommandFolder({ "id.json": '{"private": "key" "x"}' });
    const { code, out } = await folder.inPipe(["validate", "id.json"]);
    expect(code).toBe(78);
    expect(out).toStartWith("id.json:1:19 ");
    expect(out).not.toContain("private");
  });

  test("takes policies in any form that a provider reads", async () => {
    const [policy] = (JSON.parse(GOOD) as { policies: object[] }).policies;
    const otel = dropOf("o") as { id: string };
    using folder = new CommandFolder({
      "all/list.json": JSON.stringify([{ ...policy, id: "list" }]),
      "all/one.json": JSON.stringify({ ...policy, id: "one" }),
      "all/otel.yaml": `id: otel
log_filter:
  matches:
    - { target: { record_field: BODY }, predicate: { exists: {} } }
  action: ACTION_DROP
`,
      "all/camel.json": JSON.stringify(otel),
      "all/dashes.yml": `- id: dashes
  name: D
  log: { match: [{ log_field: body, exists: true }], keep: none }
`,
      // All of its bytes are ASCII.
      "all/set.binpb": Buffer.from(policySetBytes(dropOf("set"))).toString("latin1"),
    });
    const { code, out } = await folder.inPipe(["validate", "all"]);
    const files = ["camel.json", "dashes.yml", "list.json", "one.json", "otel.yaml", "set.binpb"];
    const isOtel = (name: string) => ["camel.json", "otel.yaml", "set.binpb"].includes(name);
    const lines = files.map((name) => {
      return `all/${name}: ok, 1 policy${isOtel(name) ? ", 1 in OpenTelemetry's dialect" : ""}`;
    });
    expect([code, out.split("\n").filter((line) => line.startsWith("all/"))]).toEqual([0, lines]);
  });

  test("too many files that are no policies are a wrong command line", async () => {
    using folder = new CommandFolder({});
    expect(await folder.inPipe(["validate", "a.json", "b.json"])).toEqual({
      code: 64,
      out: "",
      err: 'edge: "b.json": one argument too many, and no policy file.\n',
    });
  });
});
