// Services and severities of records, as far as their text says.

import { expect, test } from "bun:test";
import { Services, serviceIn, severityIn } from "../../../src/cli/replay/facts.ts";

test("a record is of the service whose resource stands before it", () => {
  const resource = (name: string): object => ({
    resource: { attributes: [{ key: "service.name", value: { stringValue: name } }] },
    scopeLogs: [{ logRecords: [{ body: { stringValue: `of ${name}` } }] }],
  });
  const text = JSON.stringify({
    resourceLogs: [{ scopeLogs: [{}] }, resource("a"), resource("b")],
  });
  const body = { kind: "otlp", signal: "log", bytes: Buffer.from(text) } as const;
  const services = new Services(body);
  const found = ["scopeLogs", "of a", "of b"].map((mark) => services.before(text.indexOf(mark)));
  expect(found).toEqual(["", "a", "b"]);
});

test("of Datadog it is the one that it names", () => {
  expect(serviceIn('{"message":"x","service":"shop"}')).toBe("shop");
  expect(serviceIn('{"message":"x"}')).toBe("");
});

test("the severity is that of the number, or of the word", () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"severityNumber":1}', "trace"],
    ['{"severityNumber":8}', "debug"],
    ['{"severityNumber":"17","severityText":"INFO"}', "error"],
    ['{"severityNumber":24}', "fatal"],
    ['{"severityText":"Warning"}', "warn"],
    ['{"severityText":"information"}', "info"],
    ['{"status":"err"}', "error"],
    ['{"severityText":"odd"}', "none"],
    ["{}", "none"],
  ];
  expect(cases.map(([text]) => severityIn(text))).toEqual(cases.map(([, word]) => word as never));
});
