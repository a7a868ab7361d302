// Reads a YAML file in a thread of its own, which is ended when it takes too long: the threads that
// serve never wait for a text that may be anything. The tree comes back as JSON text, which can be
// read in steps.

import { errorMessage } from "../../core/errors.ts";
import { Worker } from "node:worker_threads";
import { YAML_READ_MS_MAX } from "../../core/limits.ts";
import { endThread } from "../../system/end-thread.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import type { Position } from "../../core/document/document-error.ts";
import { parsePolicyDocument, PolicyDocumentError } from "./policy-document.ts";
import { YAML_JOB_KIND, type YamlJob } from "./yaml-job-kind.ts";

export type YamlResult =
  | { readonly kind: "tree"; readonly json: string }
  | { readonly kind: "places"; readonly places: readonly Position[] }
  | { readonly kind: "failed"; readonly reason: string; readonly position: Position };

export interface YamlThreadOptions {
  readonly schedule?: Schedule;
  /** The module that the thread runs. */
  readonly entry?: string | URL;
}

/** Rejects with PolicyDocumentError, also when the thread fails or takes too long. */
export function readYamlInThread(
  text: string,
  fileName: string,
  paths?: YamlJob["paths"],
  { schedule = realSchedule, entry = threadEntry() }: YamlThreadOptions = {},
): Promise<Exclude<YamlResult, { readonly kind: "failed" }>> {
  const { promise, resolve, reject } =
    Promise.withResolvers<Exclude<YamlResult, { readonly kind: "failed" }>>();
  const fail = (reason: string, position: Position = { line: 1, column: 1 }): void =>
    reject(new PolicyDocumentError(fileName, reason, position));
  const workerData: YamlJob = { kind: YAML_JOB_KIND, text, fileName, paths };
  const worker = new Worker(entry, { workerData });
  worker.on("message", (result: YamlResult) => {
    if (result.kind === "failed") fail(result.reason, result.position);
    else resolve(result);
  });
  worker.on("error", (error) => {
    fail(`cannot be read: ${errorMessage(error)}`);
  });
  worker.on("exit", () => fail("cannot be read: the thread that read it has ended"));
  const cancel = schedule(YAML_READ_MS_MAX, () =>
    fail(`takes longer than ${YAML_READ_MS_MAX / 1000} s to read; split it, or write JSON`),
  );
  return promise.finally(() => {
    cancel();
    void endThread(worker);
  });
}

/** In executables there is one module, which looks at what it was started with. */
function threadEntry(): string | URL {
  return import.meta.url.includes("$bunfs")
    ? Bun.main
    : new URL("./yaml-thread.ts", import.meta.url);
}

/** What such a thread does. Never throws. */
export function doYamlJob({ text, fileName, paths }: YamlJob): YamlResult {
  try {
    const { tree, locate } = parsePolicyDocument(text, fileName);
    if (paths === undefined) return { kind: "tree", json: jsonOf(tree) };
    return { kind: "places", places: paths.map((path) => locate(path)) };
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) {
      const reason = `cannot be read: ${errorMessage(error)}`;
      return { kind: "failed", reason, position: { line: 1, column: 1 } };
    }
    const { reason, line, column } = error;
    return { kind: "failed", reason, position: { line, column } };
  }
}

/** Writes a text as it is into JSON: of ECMAScript 2025, which the types do not know yet. */
const { rawJSON } = JSON as typeof JSON & { readonly rawJSON: (text: string) => unknown };

/** As JSON that is read back to the same tree: integers of 64 bits, and infinities. */
function jsonOf(tree: unknown): string {
  return JSON.stringify(tree, (_, value: unknown) => {
    if (typeof value === "bigint") return rawJSON(value.toString());
    if (value === Number.POSITIVE_INFINITY) return rawJSON("1e999");
    if (value === Number.NEGATIVE_INFINITY) return rawJSON("-1e999");
    return Number.isNaN(value) ? ".nan" : value;
  });
}
