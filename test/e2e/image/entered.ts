// Runs what a container engine would: the stages of the Dockerfile as far as they say how an image
// is run, and a program in the file tree of one, as its user, with a root that is read-only.

import { mkdirSync, mkdtempSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../support/e2e-program.ts";

/** What a Dockerfile says of how an image is run. */
export interface ImageSettings {
  readonly user: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly healthcheck: readonly string[];
}

export interface Image extends ImageSettings {
  /** Its file tree on this machine. */
  readonly root: string;
}

/** The settings of a stage with those of the stages that it comes from. */
export function dockerfileStage(text: string, name: string): ImageSettings {
  const found = new RegExp(
    `^FROM (\\S+) AS ${name}$([\\s\\S]*?)(?=^FROM |$(?![\\s\\S]))`,
    "m",
  ).exec(text.replaceAll("\\\n", ""));
  if (found === null) throw new Error(`the Dockerfile has no stage ${name}`);
  const [, from = "", body = ""] = found;
  const blank = { user: "", workdir: "/", env: {}, entrypoint: [], healthcheck: [] };
  const base: ImageSettings = from === "scratch" ? blank : dockerfileStage(text, from);
  const said = (word: string): string | undefined =>
    new RegExp(`^${word} (.*)$`, "m").exec(body)?.[1];
  const list = (word: string, fallback: readonly string[]): readonly string[] => {
    const words = /\[.*\]$/.exec(said(word) ?? "")?.[0];
    return words === undefined ? fallback : (JSON.parse(words) as string[]);
  };
  const env = [...body.matchAll(/^ENV (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]);
  return {
    user: said("USER") ?? base.user,
    workdir: said("WORKDIR") ?? base.workdir,
    env: { ...base.env, ...Object.fromEntries(env) },
    entrypoint: list("ENTRYPOINT", base.entrypoint),
    healthcheck: list("HEALTHCHECK", base.healthcheck),
  };
}

/** Mounts are in a namespace of the program's own and end with it; `exec` keeps the process id. */
const ENTER = `root="$1" && workdir="$2" && user="$3" && group="$4" && shift 4 &&
mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
mount -t tmpfs tmpfs "$root/tmp" && mount -o remount,ro,bind "$root" &&
exec unshare --root="$root" --wd="$workdir" --setuid="$user" --setgid="$group" "$@"`;

/** Runs the image with these arguments. */
export function enter(
  { root, workdir, user, env, entrypoint }: Image,
  args: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Program {
  for (const folder of ["proc", "dev"]) mkdirSync(join(root, folder), { recursive: true });
  const [uid = "", gid = ""] = user.split(":");
  const place = [root, workdir, uid, gid];
  const child = Bun.spawn(
    ["unshare", "-m", "sh", "-c", ENTER, "sh", ...place, ...entrypoint, ...args],
    {
      env: { PATH: process.env["PATH"] ?? "", TERO_LOG_FORMAT: "json", ...env, ...more },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  return new Program(mkdtempSync(join(tmpdir(), "edge-entered-")), child);
}

/** A port that nobody listens on, for programs whose probe must know it before they start. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
