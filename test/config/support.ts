// Loads configurations from texts, without a disk.

import {
  ConfigError,
  type LoadedConfig,
  type LoadOptions,
  type S3DumpConfig,
  loadConfig,
} from "../../src/config/index.ts";
import { thisMachine } from "../../src/config/own-address.ts";

const FOLDER = "/etc/edge";
export const INSTANCE_ID = "edge-test";

export const S3_DUMP_DEFAULTS: S3DumpConfig = {
  isEnabled: false,
  targets: [],
  compression: "none",
  batchBytesMax: 4 * 1024 * 1024,
  batchRecordsMax: 10_000,
  batchAgeMs: 30_000,
  lookIntervalMs: 30_000,
  heldBytesMax: 32 * 1024 * 1024,
  attemptsMax: 1,
  spoolPath: undefined,
  spoolBytesMax: 1024 * 1024 * 1024,
};

/** A file system of texts; anything else is absent. */
export function filesOf(files: Readonly<Record<string, string | Uint8Array>>) {
  return (path: string): Uint8Array => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined;
    if (content === undefined) throw Object.assign(new Error("absent"), { code: "ENOENT" });
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
}

/** Loads `/etc/edge/c.json` with the given text; undefined: no file. */
export function load(
  text: string | undefined,
  env: Readonly<Record<string, string | undefined>> = {},
  options: Partial<LoadOptions> = {},
): LoadedConfig {
  return loadConfig({
    defaultPath: `${FOLDER}/c.json`,
    env,
    instanceId: INSTANCE_ID,
    machine: { ...thisMachine(), memoryBytes: 2 ** 34 },
    readFile: filesOf(text === undefined ? {} : { [`${FOLDER}/c.json`]: text }),
    ...options,
  });
}

/** The problems of a configuration, without the folder; none when it loads. */
export function problems(
  text: string | undefined,
  env: Readonly<Record<string, string | undefined>> = {},
  options: Partial<LoadOptions> = {},
): readonly string[] {
  try {
    load(text, env, options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => line.replaceAll(`${FOLDER}/`, ""));
  }
}
