// What `convert` says of policies that stay as they are. What it converts is held in
// test/policy/convert.

import { expect, test } from "bun:test";
import { CommandFolder } from "../support/terminal.ts";

const SAMPLES = `policies:
  - id: tenth
    name: Tenth
    trace:
      match: [{trace_field: name, exact: a}]
      keep: {percentage: 10}
`;
const STAYS = '"tenth" stays as it is: spans that arrive with a threshold';
const CURE = "Where no span arrives with a threshold, say so: --unsampled-spans.";

test("edge convert says by which flag a sampling would be converted", async () => {
  using folder = new CommandFolder({ "one.yaml": SAMPLES });
  const command = ["convert", "--to=otel", "one.yaml"];
  const { code, err } = await folder.inPipe(command);
  expect(err.split("\n")).toEqual([expect.stringContaining(STAYS), CURE, ""]);
  expect(code).toBe(1);
  const whole = await folder.inPipe([...command, "--unsampled-spans"]);
  expect([whole.code, whole.err]).toEqual([0, ""]);
});

test("and nothing of it where something else keeps a policy as it is", async () => {
  using folder = new CommandFolder({
    "one.yaml": SAMPLES.replace("trace:", "log:").replace("trace_field: name", "log_field: body"),
  });
  const { err } = await folder.inPipe(["convert", "--to=otel", "one.yaml"]);
  expect(err).toStartWith('"tenth" stays as it is: ');
  expect(err).not.toContain("--unsampled-spans");
});
