// The id of a program for OpAMP servers: 16 bytes, which a program that stops leaves in a file for
// the next one. A running program removes the file, so that no two use the same id.

import { readFile, rename, rm, writeFile } from "node:fs/promises";

export type InstanceUid = Uint8Array<ArrayBuffer>;

const UID_BYTES = 16;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isUid(bytes: Uint8Array): boolean {
  return bytes.length === UID_BYTES && bytes.some((byte) => byte !== 0);
}

/** A UUID of version 7. */
export function newUid(): InstanceUid {
  return new Uint8Array(Bun.randomUUIDv7("buffer"));
}

/** As UUIDs are written. */
export function uidText(uid: Uint8Array): string {
  return uid.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The one that was left in `path`, which is gone then; undefined: there is none. Never rejects. */
export async function takeUid(path: string): Promise<InstanceUid | undefined> {
  const own = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    // One of several that start at once gets it.
    await rename(path, own);
  } catch {
    return undefined;
  }
  const text = await readFile(own, "utf8").catch(() => "");
  await rm(own, { force: true }).catch(() => undefined);
  const uuid = text.trim();
  return UUID.test(uuid) ? Uint8Array.fromHex(uuid.replaceAll("-", "")) : undefined;
}

/** Never rejects: without it the next program is called otherwise. */
export async function leaveUid(path: string, uid: Uint8Array): Promise<void> {
  await writeFile(path, `${uidText(uid)}\n`, { mode: 0o600 }).catch(() => undefined);
}
