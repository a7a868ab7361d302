// The block `s3_dump`: as the reference writes it, targets in one text, and mistakes.

import { describe, expect, test } from "bun:test";
import { load, problems } from "./support.ts";

const ARCHIVE = {
  kind: "s3",
  name: "archive",
  bucket: "logs",
  region: "eu-central-1",
  endpoint: "http://minio:9000",
  isPathStyle: true,
  prefix: "edge/",
  redacts: false,
} as const;

function dumpOf(block: object, env: Record<string, string> = {}) {
  return load(JSON.stringify({ upstream_url: "stdout:", s3_dump: block }), env).config.s3Dump;
}

/** Without the place in the file. */
function faultsOf(block: object, env: Record<string, string> = {}): readonly string[] {
  const text = JSON.stringify({ s3_dump: block });
  return problems(text, env).map((line) => line.replace(/^c\.json:\d+:\d+ /, ""));
}

describe("s3_dump", () => {
  test("is taken as the reference writes it", () => {
    const { isEnabled, targets, batchBytesMax, attemptsMax } = dumpOf({
      enabled: true,
      flush_interval_ms: 30000,
      max_batch_bytes: 4194304,
      max_batch_records: 10000,
      max_batch_age_ms: 30000,
      max_sealed_bytes: 33554432,
      max_attempts: 1,
      targets: [
        {
          name: "archive",
          bucket: "logs",
          endpoint: "http://minio:9000",
          region: "eu-central-1",
          prefix: "edge/",
          force_path_style: true,
        },
        { name: "aws", bucket: "b", endpoint: null },
      ],
      targets_json: null,
    });
    expect([isEnabled, batchBytesMax, attemptsMax]).toEqual([true, 4194304, 1]);
    const aws = { ...ARCHIVE, name: "aws", bucket: "b", region: "us-east-1", prefix: "" };
    expect(targets).toEqual([ARCHIVE, { ...aws, endpoint: undefined }]);
  });

  test("takes every key", () => {
    const block = {
      enabled: true,
      targets: [
        { name: "archive", bucket: "b" },
        {
          name: "minio",
          kind: "s3",
          bucket: "c",
          region: "eu-1",
          endpoint: "http://minio:9000",
          force_path_style: false,
          prefix: "edge/",
          redact_before_dump: true,
        },
        { name: "archive", kind: "file", path: "dump" },
      ],
      targets_json: '[{"name": "archive", "bucket": "from-json"}]',
      compression: "zstd",
      max_batch_bytes: 1,
      max_batch_records: 2,
      max_batch_age_ms: 0,
      flush_interval_ms: 4,
      max_sealed_bytes: 5,
      max_attempts: 6,
      spool_path: "spool",
      max_spool_bytes: 7,
    };
    expect(dumpOf(block)).toEqual({
      isEnabled: true,
      targets: [
        {
          kind: "s3",
          name: "archive",
          bucket: "from-json",
          region: "us-east-1",
          endpoint: undefined,
          isPathStyle: true,
          prefix: "",
          redacts: false,
        },
        {
          kind: "s3",
          name: "minio",
          bucket: "c",
          region: "eu-1",
          endpoint: "http://minio:9000",
          isPathStyle: false,
          prefix: "edge/",
          redacts: true,
        },
        { kind: "file", name: "archive", path: "/etc/edge/dump", redacts: false },
      ],
      compression: "zstd",
      batchBytesMax: 1,
      batchRecordsMax: 2,
      batchAgeMs: 0,
      lookIntervalMs: 4,
      heldBytesMax: 5,
      attemptsMax: 6,
      spoolPath: "/etc/edge/spool",
      spoolBytesMax: 7,
    });
  });

  test("takes more targets from a variable, which win over those of the same kind and name", () => {
    const json = JSON.stringify([
      { name: "archive", bucket: "other" },
      { name: "local", kind: "FILE", path: "here" },
    ]);
    const block = { targets: [{ name: "archive", bucket: "logs" }] };
    const { targets } = dumpOf(block, { TERO_S3_DUMP_TARGETS_JSON: json });
    expect(targets).toEqual([
      {
        ...ARCHIVE,
        bucket: "other",
        region: "us-east-1",
        endpoint: undefined,
        prefix: "",
      },
      { kind: "file", name: "local", path: "/etc/edge/here", redacts: false },
    ]);
  });

  test("says what is wrong with a target, and where", () => {
    const targets = [
      { name: "a" },
      { name: "b", kind: "file" },
      { name: "c", bucket: "x" },
      { name: "c", bucket: "y" },
    ];
    expect(faultsOf({ targets })).toEqual([
      "s3_dump.targets[0]: bucket is missing; a target of kind s3 needs it.",
      "s3_dump.targets[1]: path is missing; a target of kind file needs it.",
      's3_dump.targets[3].name: "c" is the name of s3_dump.targets[2] too; give each its own.',
    ]);
    expect(faultsOf({ targets: [{ name: "a", kind: "gcs", bucket: "b" }] })).toEqual([
      's3_dump.targets[0].kind: "gcs" is not known; allowed: s3, file; in any case.',
    ]);
  });

  test.each([
    ["[", "is not JSON"],
    ["{}", "does not fit"],
    ['[{"name": "a"}]', "[0].bucket is missing"],
    ['[{"name": "a", "bucket": "b", "buckt": 1}]', "does not fit: [0]"],
  ])("refuses targets in one text that are none: %s", (json, fault) => {
    const [line = ""] = faultsOf({}, { TERO_S3_DUMP_TARGETS_JSON: json });
    expect(line).toStartWith("TERO_S3_DUMP_TARGETS_JSON: the text ");
    expect(line).toContain(fault);
    expect(line).toEndWith("; allowed: a JSON list of targets.");
  });

  test("the variables of credentials are no keys, and give no warning", () => {
    const env = {
      TERO_S3_ACCESS_KEY_ID: "a",
      TERO_S3_SECRET_ACCESS_KEY: "b",
      TERO_S3_SESSION_TOKEN: "c",
    };
    expect(load('{"upstream_url": "stdout:"}', env).warnings).toEqual([]);
  });
});
