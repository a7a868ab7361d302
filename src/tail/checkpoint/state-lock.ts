// Makes sure that only one program uses a state folder, because two would overwrite each other's
// positions. The lock is the operating system's, taken through SQLite, which knows how each system
// does it. It ends with its process, however that ends, and other containers see it. Writes no
// positions.

import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StateError } from "./store.ts";

const LOCK_NAME = "checkpoint.lock";
/** Who has the lock, for people; the lock itself is not what stands there. */
const OWNER_NAME = "checkpoint.owner";

/** Held for as long as the object is kept. */
export class StateLock {
  readonly #database: Database;
  readonly #ownerPath: string;

  private constructor(database: Database, ownerPath: string) {
    this.#database = database;
    this.#ownerPath = ownerPath;
  }

  /**
   * Takes the lock of a folder, which is made. Undefined: there is none to be had here, as on some
   * network file systems and on disks that cannot be written.
   *
   * @throws {StateError} another program has it
   */
  static take(folder: string): StateLock | undefined {
    let database: Database | undefined;
    try {
      mkdirSync(folder, { recursive: true });
      database = new Database(join(folder, LOCK_NAME), { create: true });
      database.run("BEGIN EXCLUSIVE");
    } catch (error) {
      database?.close();
      if (isBusy(error)) throw takenError(folder);
      return undefined;
    }
    const ownerPath = join(folder, OWNER_NAME);
    try {
      writeFileSync(ownerPath, `process ${process.pid} on ${hostname()}\n`, { mode: 0o644 });
    } catch {
      // A full disk: the lock holds, and others are told less.
    }
    return new StateLock(database, ownerPath);
  }

  release(): void {
    rmSync(this.#ownerPath, { force: true });
    this.#database.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
}

function takenError(folder: string): StateError {
  return new StateError(
    `--state-dir ${folder}: it is in use by another edge-tail${ownerOf(folder)}; ` +
      "stop that one first, or give this one a --state-dir of its own.",
    "taken",
  );
}

function ownerOf(folder: string): string {
  try {
    return ` (${readFileSync(join(folder, OWNER_NAME), "utf8").trim()})`;
  } catch {
    return "";
  }
}
