// What `validate` finds in policy files.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBus } from "../../../src/o11y/index.ts";
import { createEngine } from "../../../src/policy/index.ts";
import { checkPolicyFiles, FileProvider, PolicyRegistry } from "../../../src/providers/index.ts";
import { createRegexValidator } from "../../../src/re2/index.ts";

const folder = mkdtempSync(join(tmpdir(), "check-policy-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
const validateRegex = createRegexValidator();

/** Of one file that is the only one. */
async function checkPolicyFile(path: string) {
  const [report] = await checkPolicyFiles([{ id: "file-1", path }], validateRegex);
  return report!;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const yaml = (...policies: string[]): string =>
  `policies:\n${policies.map((text) => `  - ${text}\n`).join("")}`;
const good = "{id: good, name: g, log: {match: [{log_field: body, regex: 'a+'}], keep: none}}";

describe("checkPolicyFiles", () => {
  test("a good file has its policies and no findings", async () => {
    const path = file("good.yaml", yaml(good));
    expect(await checkPolicyFile(path)).toEqual({
      policies: 1,
      findings: [],
      warnings: [],
    });
  });

  test("every error of every policy has its place and its policy", async () => {
    const path = file(
      "bad.yaml",
      yaml(
        good,
        "{id: rx, name: r, log: {match: [{log_field: body, regex: 'a('}], keep: none}}",
        "{name: no id, log: {match: [{log_field: body, exists: true}], keep: none}}",
        good,
      ),
    );
    const { policies, findings } = await checkPolicyFile(path);
    expect(policies).toBe(4);
    expect(
      findings.map((line) => line.replace(/^.*bad\.yaml:(\d+):\d+ (\S+): .*$/, "$1 $2")),
    ).toEqual(['3 "rx"', "4 policies[2]", '5 "good"']);
  });

  test("an exemption that policies of the other dialect do not heed is a warning", async () => {
    const otel = (id: string, action: string, more = "") =>
      `{id: ${id}, log_filter: {matches: [{target: {record_field: BODY}, predicate: {exists: {}}}], action: ${action}}${more}}`;
    const tero = (id: string, keep: string, more = "") =>
      `{id: ${id}, name: n, log: {match: [{log_field: body, regex: 'a+'}], keep: ${keep}}${more}}`;
    const warnings = async (...policies: string[]) => {
      const report = await checkPolicyFile(file("mixed.yaml", yaml(...policies)));
      return report.warnings.map((line) => line.replace(/^.*mixed\.yaml:/, ""));
    };
    const keep = otel("k", "KEEP");
    const shadow = ", labels: [{key: edge.mode, value: {string_value: shadow}}]";
    expect(await warnings(keep, tero("a", "none"), tero("b", "1/s"), tero("c", "all"))).toEqual([
      `2:102 "k": log_filter: action: ACTION_KEEP exempts from drops of OpenTelemetry's dialect alone; "a" and 1 more of tero.policy.v1 may still drop what it matches`,
    ]);
    const silent = [
      [keep, otel("d", "DROP")],
      [keep, tero("c", "all")],
      [keep, tero("a", "none", ", enabled: false")],
      [keep, tero("a", "none", shadow)],
      [otel("d", "DROP"), tero("a", "none")],
      [
        keep,
        "{id: t, name: t, trace: {match: [{trace_field: name, exists: true}], keep: {percentage: 1}}}",
      ],
    ];
    for (const set of silent) expect(await warnings(...set)).toEqual([]);
  });

  test("what can never match or do anything is a warning, with its place", async () => {
    const path = file(
      "odd.yaml",
      yaml(
        "{id: odd, name: o, log: {match: [{log_field: severity_number, equals: '17'}], keep: none}}",
      ),
    );
    expect(await checkPolicyFile(path)).toEqual({
      policies: 1,
      findings: [],
      warnings: [
        `${path}:2:38 "odd": log: match[0]: never matches: severity_number is a number: write 17 without quotes`,
      ],
    });
  });

  test("a file that is no document is one finding with its place", async () => {
    const path = file("broken.json", '{"policies": [}');
    const { policies, findings } = await checkPolicyFile(path);
    expect(policies).toBe(0);
    expect(findings).toEqual([expect.stringMatching(/broken\.json:1:15: /)]);
  });

  test("a file that is not there, or is no file, is a finding", async () => {
    const none = join(folder, "none.json");
    expect(await checkPolicyFile(none)).toEqual({
      policies: 0,
      findings: [`${none}: no such file`],
      warnings: [],
      isAbsent: true,
    });
    expect((await checkPolicyFile(folder)).findings).toEqual([
      `${folder}: a folder, not a regular file`,
    ]);
  });

  test("one file under two providers has the duplicates that a run finds", async () => {
    const path = file("twice.yaml", yaml(good));
    const files = [
      { id: "first", path },
      { id: "second", path },
    ];
    const [first, second] = await checkPolicyFiles(files, validateRegex);
    expect([first?.findings, second?.findings]).toEqual([
      [],
      [
        `${path}:2:5 "good": policy: duplicate id "good"; provider "first" comes first and has it already; rename or remove one of the two`,
      ],
    ]);
    const engine = createEngine({ validateRegex, nowMs: () => 0, random: () => 0 });
    const bus = new EventBus();
    const told: unknown[] = [];
    const heard = Promise.withResolvers<void>();
    bus.on("policy.invalid", ({ provider, policy, errors }) => {
      told.push([provider, policy, errors]);
      heard.resolve();
    });
    const providers = files.map(({ id }) => new FileProvider({ id, path, pollIntervalMs: 1e6 }));
    const registry = new PolicyRegistry({ engine, bus, providers });
    registry.start();
    await heard.promise;
    await registry.stop(0);
    const told2 = second?.findings.map((line) => line.replace(' "good": ', " "));
    expect(told).toEqual([["second", "good", told2]]);
  });

  test("what a policy does without is a warning", async () => {
    const extended = good.replace("{id", "{extensions: [{type: x/y, config: {}}], id");
    const path = file("warned.yaml", yaml(extended));
    const { findings, warnings } = await checkPolicyFile(path);
    expect([findings, warnings]).toEqual([
      [],
      [`${path}:2:19 "good": policy: extensions[0]: no handler for type "x/y"; it is skipped`],
    ]);
  });
});
