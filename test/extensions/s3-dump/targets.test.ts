// Targets of the configuration and of control planes, and how they are spelled.

import { describe, expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { broadcastDumpTarget, type DumpTarget } from "../../../src/config/index.ts";
import {
  describedTarget,
  encodeTargetRef,
  targetOfUse,
} from "../../../src/extensions/s3-dump/target-ref.ts";
import { Targets } from "../../../src/extensions/s3-dump/targets.ts";
import { EventBus } from "../../../src/o11y/index.ts";
import { ExtensionTargetRefSchema, ExtensionTargetSchema } from "../../../src/proto/index.ts";

const LOCAL: DumpTarget = {
  kind: "s3",
  name: "archive",
  bucket: "local",
  region: "us-east-1",
  endpoint: undefined,
  isPathStyle: true,
  prefix: "",
  redacts: false,
};

function described(name: string, members: object | string, kind = "s3"): Uint8Array {
  const text = typeof members === "string" ? members : JSON.stringify(members);
  const config = new TextEncoder().encode(text);
  return toBinary(ExtensionTargetSchema, create(ExtensionTargetSchema, { kind, name, config }));
}

function targetsOf(local: readonly DumpTarget[] = [LOCAL]) {
  const bus = new EventBus();
  const refused: unknown[] = [];
  bus.on("dump.target_refused", (event) => void refused.push(event));
  return { targets: new Targets(local, bus, broadcastDumpTarget), refused };
}

const bucketOf = (targets: Targets, name: string): unknown => {
  const target = targets.find({ kind: "s3", name });
  return target?.kind === "s3" ? target.bucket : undefined;
};

describe("targets", () => {
  test("that a control plane broadcasts win over those of the configuration", () => {
    const { targets } = targetsOf();
    const broadcast = described("archive", { bucket: "theirs", prefix: "x/", later: 1 });
    expect(targets.configure("cp", [broadcast])).toBe(true);
    expect(targets.configure("cp", [broadcast])).toBe(false);
    expect(targets.all).toEqual([{ ...LOCAL, bucket: "theirs", prefix: "x/" }]);
    expect(targets.configure("cp", [described("new", { bucket: "n" })])).toBe(true);
    expect([bucketOf(targets, "archive"), bucketOf(targets, "new")]).toEqual(["local", "n"]);
    expect(targets.configure("cp", [])).toBe(true);
    expect(targets.all).toEqual([LOCAL]);
  });

  test("of the control plane that spoke first win over those of others", () => {
    const { targets } = targetsOf();
    targets.configure("a", [described("x", { bucket: "of a" })]);
    targets.configure("b", [described("x", { bucket: "of b" })]);
    expect(bucketOf(targets, "x")).toBe("of a");
    targets.configure("a", []);
    expect(bucketOf(targets, "x")).toBe("of b");
  });

  test("that cannot be used are told of, and the others count", () => {
    const { targets, refused } = targetsOf([]);
    targets.configure("cp", [
      described("no-bucket", {}),
      described("bad-endpoint", { bucket: "b", endpoint: "minio" }),
      described("", { bucket: "b" }),
      new Uint8Array([0xff]),
      described("good", { bucket: "b" }),
      described("not-json", "{"),
      described("gcs", { bucket: "b" }, "gcs"),
    ]);
    expect(targets.all.map(({ name }) => name)).toEqual(["good"]);
    expect(refused.map((event) => (event as { target: string }).target)).toEqual([
      "no-bucket",
      "bad-endpoint",
      "target 2",
      "target 3",
      "not-json",
      "gcs",
    ]);
  });

  test("can be described in JSON as well", () => {
    const json = { kind: "s3", name: "j", config: { bucket: "b" } };
    const flat = { name: "k", bucket: "c" };
    const encode = (tree: object): Uint8Array => new TextEncoder().encode(JSON.stringify(tree));
    const { targets } = targetsOf([]);
    targets.configure("cp", [encode(json), encode(flat)]);
    expect([bucketOf(targets, "j"), bucketOf(targets, "k")]).toEqual(["b", "c"]);
  });
});

describe("a reference to a target", () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const ref = { kind: "s3", name: "archive" };
  const USES: readonly (readonly [string, Uint8Array, unknown])[] = [
    ["a member target", encode('{"target":{"kind":"s3","name":"archive"}}'), ref],
    ["the reference itself", encode('{"kind":"S3","name":"archive"}'), ref],
    ["a name alone, of kind s3", encode('{"target":{"name":"archive"}}'), ref],
    ["the message", encodeTargetRef(ref), ref],
    ["nothing", new Uint8Array(), undefined],
    ["no object", encode('{"target":"archive"}'), undefined],
    ["an empty name", encode('{"target":{"name":""}}'), undefined],
    ["no JSON", encode("{"), undefined],
    ["half a message", encodeTargetRef(ref).slice(0, -1), undefined],
  ];
  test.each(USES)("is read from %s", (_, config, expected) => {
    expect(targetOfUse(config)).toEqual(expected as never);
  });

  test("is written as the policy spec's message", () => {
    const message = create(ExtensionTargetRefSchema, ref);
    expect(encodeTargetRef(ref)).toEqual(toBinary(ExtensionTargetRefSchema, message));
  });

  test("is read from any bytes without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        targetOfUse(bytes);
        describedTarget(bytes);
      }),
    );
  });
});
