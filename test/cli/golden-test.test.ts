// What `test` prints and writes, of suites and of folders of cases.

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { POLICY_FILE_BYTES_MAX } from "../../src/core/limits.ts";
import { expectGolden } from "../support/golden.ts";
import { CommandFolder, styled } from "../support/terminal.ts";

const OWN_CASES = resolve(import.meta.dir, "../conformance/cases");
const PUBLIC_SUITE = resolve(import.meta.dir, "../../../shared/conformance");

const SUITE = `policies:
  - id: debug
    name: No debug logs
    log:
      match:
        - {log_field: severity_text, exact: DEBUG}
        - {resource_attribute: service.name, exact: shop}
      keep: none
  - masks.yaml
cases:
  - name: debug logs of the shop go
    input: {log: {severity_text: DEBUG, body: x, resource: {service.name: shop}}}
    expect: dropped
    because: debug
  - name: others stay
    input: {log: {severity_text: INFO, body: x, resource: {service.name: shop}}}
    expect: kept
  - name: addresses are masked
    input: to ada@example.com
    expect: {log: {body: to <mail>}}
    because: mail
  - name: of Datadog's, too
    input: {datadog: {message: "a@b.c"}}
    expect: {datadog: {message: "<mail>"}}
`;
const MASKS = `policies:
  - id: mail
    name: Mask addresses
    log:
      match: [{log_field: body, contains: "@"}]
      keep: all
      transform: {redact: [{log_field: body, regex: "[a-z]+@[a-z.]+", replacement: "<mail>"}]}
`;
const WRONG = `${SUITE}
  - name: lower case goes as well
    input: {log: {severity_text: debug, body: x, resource: {service.name: shop}}}
    expect: dropped
  - name: addresses are cut
    input: {logs: [a@b.c, no address]}
    expect: {logs: ["", no address]}
  - name: mail decides
    input: {log: {severity_text: DEBUG, body: a@b, resource: {service.name: shop}}}
    expect: dropped
    because: mail
`;

const POLICY = {
  id: "a",
  name: "A",
  log: { match: [{ log_field: "body", exact: "x" }], keep: "none" },
};
const input = (...bodies: readonly string[]): unknown => ({
  resourceLogs: [
    { scopeLogs: [{ logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }] },
  ],
});
const CASE = {
  "one/policies.json": JSON.stringify({ policies: [POLICY] }),
  "one/input.json": JSON.stringify(input("x", "y")),
  "one/expected.json": JSON.stringify(input("y")),
  "one/expected_stats.json": JSON.stringify({ policies: [{ policy_id: "a", hits: 1 }] }),
};

describe("edge test", () => {
  test("passes a suite that holds", async () => {
    using folder = new CommandFolder({ "s/suite.yaml": SUITE, "s/masks.yaml": MASKS });
    const expected = { code: 0, out: "4 passed, 0 failed\n", err: "" };
    expect(await folder.inPipe(["test", "s"])).toEqual(expected);
    expect(await folder.inPipe(["test", "s/suite.yaml"])).toEqual(expected);
  });

  test("shows the first difference of each case, and explains its record", async () => {
    using folder = new CommandFolder({ "suite.yaml": WRONG, "masks.yaml": MASKS });
    const { code, out } = await folder.inPipe(["test", "suite.yaml"]);
    expect(code).toBe(1);
    expectGolden("test-suite.txt", out);
    expectGolden("test-coloured.txt", styled((await folder.onTerminal(["test", "."])).out));
    const { out: json } = await folder.inPipe(["test", "--json", "suite.yaml"]);
    expectGolden("test-json.txt", json);
    await folder.inPipe(["test", "--junit", "out.xml", "suite.yaml"]);
    expectGolden("test-junit.xml", readFileSync(join(folder.path, "out.xml"), "utf8"));
  });

  test("runs folders of cases, and writes what came out when it is told to", async () => {
    using folder = new CommandFolder(CASE);
    const passed = { code: 0, out: "1 passed, 0 failed\n", err: "" };
    expect(await folder.inPipe(["test", "."])).toEqual(passed);
    writeFileSync(join(folder.path, "one/expected.json"), JSON.stringify(input("x", "y")));
    const stats = { policies: [{ policy_id: "a", hits: 2 }] };
    writeFileSync(join(folder.path, "one/expected_stats.json"), JSON.stringify(stats));
    const failed = await folder.inPipe(["test", "."]);
    expect(failed.code).toBe(1);
    expectGolden("test-folder.txt", failed.out);
    expect(await folder.inPipe(["test", "--update", "."])).toEqual({
      code: 0,
      out: "1 passed, 0 failed, 2 files written\n",
      err: "",
    });
    const written = readFileSync(join(folder.path, "one/expected.json"), "utf8");
    expect(JSON.parse(written)).toEqual(input("y"));
    expect(await folder.inPipe(["test", "."])).toEqual(passed);
  });

  test("says what cannot be read, and runs the rest", async () => {
    using folder = new CommandFolder({
      ...CASE,
      "bad.yaml": "policies: []\ncases:\n  - {input: x, expect: gone}\n",
      "worse.yaml": "cases: [\n",
    });
    const { code, out } = await folder.inPipe(["test", ".", "nowhere"]);
    expect(code).toBe(78);
    expectGolden("test-unread.txt", out);
  });

  test("no cases are no success, and no operands a wrong command line", async () => {
    using folder = new CommandFolder({ "a.txt": "" });
    expect(await folder.inPipe(["test", "."])).toEqual({
      code: 1,
      out: "0 passed, 0 failed\n",
      err: "",
    });
    expect(await folder.inPipe(["test"])).toEqual({
      code: 64,
      out: "",
      err: "edge: test needs a folder or a suite.\n",
    });
  });

  test("passes the cases of this project", async () => {
    using folder = new CommandFolder({});
    const { code, out } = await folder.inPipe(["test", OWN_CASES]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d\d+ passed, 0 failed\n$/)]);
  });

  test.skipIf(!existsSync(PUBLIC_SUITE))(
    "passes the public suite (skipped where it is absent)",
    async () => {
      using folder = new CommandFolder({});
      const { code, out } = await folder.inPipe(["test", PUBLIC_SUITE]);
      expect([code, out]).toEqual([0, expect.stringMatching(/^\d\d+ passed, 0 failed\n$/)]);
    },
  );

  test("runs again when a file changes", async () => {
    using folder = new CommandFolder({ "suite.yaml": SUITE, "masks.yaml": MASKS });
    const child = folder.start(["test", "--watch", "."]);
    await child.printed("4 passed, 0 failed\nwaiting for changes\n");
    writeFileSync(
      join(folder.path, "suite.yaml"),
      SUITE.replace("expect: kept", "expect: dropped"),
    );
    await child.printed("3 passed, 1 failed\nwaiting for changes\n");
    expect(await child.stop()).toBe(143);
  });
});

const LINE_CASE = {
  "l/policies.json": JSON.stringify({
    policies: [
      {
        id: "debug",
        name: "No debug lines",
        log: { match: [{ log_field: "severity_text", exact: "debug" }], keep: "none" },
      },
      {
        id: "mail",
        name: "Mask addresses",
        log: {
          match: [{ log_field: "body", contains: "@" }],
          keep: "all",
          transform: {
            redact: [{ log_field: "body", regex: "[a-z]+@[a-z.]+", replacement: "<mail>" }],
          },
        },
      },
    ],
  }),
  "l/config.json": JSON.stringify({ input_format: "logfmt", exclude: ["healthz"] }),
  "l/input.txt":
    "level=debug msg=x\r\nlevel=info  msg=a@b.c\r\nlevel=info path=/healthz\nlevel=info msg=y",
  "l/expected.txt": "level=info  msg=<mail>\r\nlevel=info msg=y",
};

describe("edge test of lines", () => {
  test("reads them as the tailer's settings say, and compares them byte for byte", async () => {
    using folder = new CommandFolder(LINE_CASE);
    expect(await folder.inPipe(["test", "l"])).toEqual({
      code: 0,
      out: "1 passed, 0 failed\n",
      err: "",
    });
    writeFileSync(join(folder.path, "l/expected.txt"), "level=info  msg=<mail>\nlevel=info msg=y");
    const { code, out } = await folder.inPipe(["test", "l"]);
    expect(code).toBe(1);
    expect(out).toContain(
      '[0]: expected "level=info  msg=<mail>", got "level=info  msg=<mail>\\r"',
    );
  });

  test("without settings they are raw, and several texts are several runs", async () => {
    const policies = LINE_CASE["l/policies.json"];
    using folder = new CommandFolder({
      "l/policies.json": policies,
      "l/input_1.txt": "level=debug msg=x\n",
      "l/expected_1.txt": "level=debug msg=x\n",
      "l/input_2.txt": "to a@b.c\n",
      "l/expected_2.txt": "to <mail>\n",
      "l/expected_stats.json": JSON.stringify({ policies: [{ policy_id: "mail", hits: 1 }] }),
    });
    expect(await folder.inPipe(["test", "l"])).toMatchObject({ code: 0 });
  });

  test("a line that stays wrongly is explained, and --update writes what came out", async () => {
    using folder = new CommandFolder({ ...LINE_CASE, "l/expected.txt": "level=info msg=y" });
    const { code, out } = await folder.inPipe(["test", "l"]);
    expect(code).toBe(1);
    expect(out).toContain('record 2: kept, edited by "mail"');
    await folder.inPipe(["test", "--update", "l"]);
    const text = readFileSync(join(folder.path, "l/expected.txt"), "latin1");
    expect(text).toBe(LINE_CASE["l/expected.txt"]);
  });

  test("settings that are wrong are a case that cannot be read", async () => {
    using folder = new CommandFolder({ ...LINE_CASE, "l/config.json": '{"input_format": "xml"}' });
    const { code, out } = await folder.inPipe(["test", "l"]);
    expect(code).toBe(78);
    expect(out).toContain("input_format");
  });
});

test("a file that is too large for a suite is named, and not read", async () => {
  using folder = new CommandFolder({ "large.yaml": "" });
  truncateSync(join(folder.path, "large.yaml"), POLICY_FILE_BYTES_MAX + 1);
  const bound = `larger than ${POLICY_FILE_BYTES_MAX} bytes, which is the most`;
  const { code, out } = await folder.inPipe(["test", "large.yaml"]);
  expect([code, out.split("\n")[0]]).toEqual([78, `error large.yaml: ${bound} that is read`]);
  expect(await folder.inPipe(["explain", "-p", "large.yaml"], "x\n")).toEqual({
    code: 78,
    out: "",
    err: `large.yaml: ${bound}\n`,
  });
});
