// `schema` prints what is committed for editors.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommandFolder } from "../support/terminal.ts";

for (const kind of ["config", "policies"]) {
  test(`edge schema ${kind} is the committed file`, async () => {
    using folder = new CommandFolder({});
    const { code, out, err } = await folder.inPipe(["schema", kind]);
    expect([code, err]).toEqual([0, ""]);
    const committed = resolve(import.meta.dir, `../../schema/${kind}.schema.json`);
    expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(committed, "utf8")));
  });
}

test("edge schema output is that of what a command prints", async () => {
  using folder = new CommandFolder({});
  const { code, out } = await folder.inPipe(["schema", "output", "version"]);
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    { title: "edge version --json", required: ["program", "version"], additionalProperties: false },
  ]);
  const { err } = await folder.inPipe(["schema", "output", "verison"]);
  expect(err).toStartWith('edge: schema output "verison": use explain, find, ');
  expect((await folder.inPipe(["schema", "config", "x"])).code).toBe(64);
});

test("edge schema of anything else is a wrong command line", async () => {
  using folder = new CommandFolder({});
  expect(await folder.inPipe(["schema", "polices"])).toEqual({
    code: 64,
    out: "",
    err: 'edge: schema "polices": use config, policies, output.\n',
  });
  expect((await folder.inPipe(["schema"])).code).toBe(64);
});
