// What `lint` prints, in a pipe and on a terminal.

import { expect, test } from "bun:test";
import { expectGolden } from "../support/golden.ts";
import { CommandFolder, styled } from "../support/terminal.ts";

const ODD = `policies:
  - id: debug
    name: Debug
    log:
      match: [{log_field: severity_text, exact: DEBUG}]
      keep: none
  - id: same
    name: Same
    log:
      match: [{log_field: severity_text, exact: DEBUG}]
      keep: 10%
  - id: slip
    name: Slip
    log:
      match:
        - {resource_attribute: servcie.name, exact: shop}
        - {log_field: body, regex: ^health}
      keep: none
`;
const FINE = ODD.replace(/ {2}- id: same[^]*/, "");

test("edge lint shows what is odd, of all files as one set", async () => {
  using folder = new CommandFolder({
    "one.yaml": ODD,
    "more/two.yaml": ODD.replaceAll("id: ", "id: x"),
  });
  const { code, out } = await folder.inPipe(["lint", "one.yaml", "more"]);
  expect(code).toBe(1);
  expectGolden("lint.txt", out);
  expectGolden("lint-coloured.txt", styled((await folder.onTerminal(["lint", "one.yaml"])).out));
  const json = await folder.inPipe(["lint", "--json", "one.yaml"]);
  expect(json.code).toBe(1);
  expectGolden("lint-json.txt", json.out);
});

test("edge lint says nothing of what is fine, and what is wrong first", async () => {
  using folder = new CommandFolder({
    "fine.yaml": FINE,
    "bad.yaml": FINE.replace("none", "nnone"),
  });
  expect(await folder.inPipe(["lint", "fine.yaml"])).toEqual({
    code: 0,
    out: "fine.yaml: ok, 1 policy\nno problems\n",
    err: "",
  });
  const { code, out } = await folder.inPipe(["lint", "bad.yaml", "nope.yaml"]);
  expect(code).toBe(78);
  expectGolden("lint-wrong.txt", out);
  expect(await folder.inPipe(["lint"])).toEqual({
    code: 64,
    out: "",
    err: "edge: lint needs policy files.\n",
  });
});
