// The keys of the extension com.usetero/s3-dump, and one target of it, also as control planes
// broadcast them. See schema.ts.

import { errorMessage } from "../core/errors.ts";
import { z } from "zod";
import {
  flag,
  httpUrl,
  integer,
  list,
  milliseconds,
  oneOf,
  optional,
  required,
  text,
  withDefault,
} from "./leaf.ts";
import type { DumpTarget } from "./model.ts";

const MIB = 1024 * 1024;
const BYTES_MAX = 1024 * 1024 * MIB;

/** Read where objects are signed; none of them is a key. */
export const CREDENTIAL_VARIABLES = [
  "TERO_S3_ACCESS_KEY_ID",
  "TERO_S3_SECRET_ACCESS_KEY",
  "TERO_S3_SESSION_TOKEN",
];

const TARGET_SHAPE = {
  name: required(text({ allowed: "text", about: "What policies call it." })),
  kind: withDefault(oneOf(["s3", "file"], "A bucket, or a folder on this machine."), "s3"),
  bucket: optional(text({ allowed: "the name of a bucket", about: "The bucket. For `s3`." })),
  region: withDefault(
    text({
      allowed: "the name of a region",
      about: "The region of the bucket, which is part of every signature. For `s3`.",
      pattern: "^[A-Za-z0-9-]+$",
      check: (value) => (/^[A-Za-z0-9-]+$/.test(value) ? undefined : "is not a region"),
    }),
    "us-east-1",
  ),
  endpoint: optional(
    httpUrl(
      "Where an S3-compatible server is, for example `http://minio:9000`. Left out: AWS. For `s3`.",
    ),
  ),
  force_path_style: withDefault(
    flag(
      "Whether the bucket is part of the path, as most S3-compatible servers want it, and not of the host. For `s3`.",
    ),
    true,
  ),
  prefix: withDefault(
    {
      ...text({ allowed: "text", about: "" }),
      schema: z.string().max(512),
      about: "Put before every key as it is: end it with a slash to make it a folder. For `s3`.",
    },
    "",
  ),
  path: optional(
    text({ allowed: "the path of a folder", about: "Where objects become files. For `file`." }),
  ),
  redact_before_dump: withDefault(
    flag(
      "Whether copies lack what their policy removes and redacts. A copy that cannot be redacted is not kept, and counted.",
    ),
    false,
  ),
};

/** One entry of `s3_dump.targets`. */
const target = z.strictObject(TARGET_SHAPE);
export type DumpTargetEntry = z.output<typeof target>;

/** What a control plane says of a target; keys that are not known here are passed over. */
const broadcastTarget = z.object(TARGET_SHAPE);

export const s3Dump = z
  .strictObject({
    enabled: withDefault(
      flag("Whether policies can have copies of their records kept by `com.usetero/s3-dump`."),
      false,
    ),
    targets: list(
      target,
      "a list of objects, each with a name and a bucket, or a name, the kind file and a path",
      "Where copies can go. A target that a control plane broadcasts wins over one of the same kind and name here.",
    ),
    targets_json: optional(
      text({
        allowed: "a JSON list of targets",
        about:
          "More targets, as JSON in one text, for where lists cannot be written; they win over those of the same kind and name in `targets`.",
        show: "never",
        check: (value) => targetsFault(value),
      }),
    ),
    compression: withDefault(
      oneOf(
        ["none", "gzip", "zstd"],
        "How objects are compressed; their keys then end in `.gz` or `.zst`.",
      ),
      "none",
    ),
    max_batch_bytes: withDefault(
      integer({
        min: 1,
        max: 1024 * MIB,
        unit: "bytes",
        about:
          "Most bytes of one object before compression. A record that is larger by itself is not kept, and counted.",
      }),
      4 * MIB,
    ),
    max_batch_records: withDefault(
      integer({ min: 1, max: 10_000_000, unit: "records", about: "Most records of one object." }),
      10_000,
    ),
    max_batch_age_ms: withDefault(
      milliseconds("How long an object that is not full waits for more records.", 0),
      30_000,
    ),
    flush_interval_ms: withDefault(
      milliseconds("How often is looked for objects that have waited so long."),
      30_000,
    ),
    max_sealed_bytes: withDefault(
      integer({
        min: 1,
        max: BYTES_MAX,
        unit: "bytes",
        about:
          "Most bytes of records that are held in memory, of all targets together. Beyond it, further ones are not kept, and counted.",
      }),
      32 * MIB,
    ),
    max_attempts: withDefault(
      integer({
        min: 1,
        max: 10,
        unit: "attempts",
        about:
          "How often an object is sent in a row before its target is given a pause, which doubles from half a second to half a minute.",
      }),
      1,
    ),
    spool_path: optional(
      text({
        allowed: "the path of a folder",
        about:
          "Keeps records in this folder, and not in memory, until they have arrived, so that the end of the process, however sudden, loses none of them: the next one that has this folder sends them. Left out: in memory.",
      }),
    ),
    max_spool_bytes: withDefault(
      integer({
        min: 1,
        max: BYTES_MAX,
        unit: "bytes",
        about: "Most bytes in that folder. Beyond it, further records are not kept, and counted.",
      }),
      1024 * MIB,
    ),
  })
  .prefault({})
  .describe(
    "Copies of records in object storage, for policies with the extension `com.usetero/s3-dump`.",
  );

export type S3DumpEntry = z.output<typeof s3Dump>;

/** What is missing for its kind; undefined: nothing. */
export function targetFault({ kind, bucket, path }: DumpTargetEntry): string | undefined {
  const isFile = kind.toLowerCase() === "file";
  if (isFile)
    return path === undefined ? "path is missing; a target of kind file needs it" : undefined;
  return bucket === undefined ? "bucket is missing; a target of kind s3 needs it" : undefined;
}

/** Of a valid text. */
export function targetsOfJson(json: string | undefined): readonly DumpTargetEntry[] {
  return json === undefined ? [] : z.array(target).parse(JSON.parse(json));
}

function targetsFault(json: string): string | undefined {
  let tree: unknown;
  try {
    tree = JSON.parse(json);
  } catch (error) {
    return `is not JSON (${errorMessage(error)})`;
  }
  const read = z.array(target).safeParse(tree);
  if (!read.success) return `does not fit: ${issueText(read.error)}`;
  const [fault] = read.data.flatMap((entry, at) => {
    const own = targetFault(entry);
    return own === undefined ? [] : [`[${at}].${own}`];
  });
  return fault === undefined ? undefined : `does not fit: ${fault}`;
}

function issueText(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue?.path.map((step) =>
    typeof step === "number" ? `[${step}]` : `.${String(step)}`,
  );
  return `${path?.join("") ?? ""}: ${issue?.message ?? "is wrong"}`;
}

export function dumpTargetOf(entry: DumpTargetEntry, folder: (path: string) => string): DumpTarget {
  const { name, redact_before_dump: redacts } = entry;
  if (entry.kind.toLowerCase() === "file") {
    return { kind: "file", name, path: folder(entry.path ?? ""), redacts };
  }
  return {
    kind: "s3",
    name,
    bucket: entry.bucket ?? "",
    region: entry.region,
    endpoint: entry.endpoint,
    isPathStyle: entry.force_path_style,
    prefix: entry.prefix,
    redacts,
  };
}

/** A target as a control plane describes it: the members of `s3_dump.targets`, as JSON. */
export function broadcastDumpTarget(
  kind: string,
  name: string,
  members: unknown,
): { readonly target: DumpTarget } | { readonly fault: string } {
  const isObject = typeof members === "object" && members !== null;
  const read = broadcastTarget.safeParse({ ...(isObject ? members : {}), name, kind });
  if (!read.success) return { fault: issueText(read.error) };
  const fault = targetFault(read.data);
  return fault === undefined ? { target: dumpTargetOf(read.data, (path) => path) } : { fault };
}
