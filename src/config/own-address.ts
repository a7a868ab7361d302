// Tells whether a URL leads to an address that the program itself listens on, as far as that can be
// seen without a name server.

import { isIP } from "node:net";
import { hostname, networkInterfaces, totalmem } from "node:os";
import type { ListenTarget } from "./model.ts";

/** The machine that the program runs on: its name, addresses and memory. */
export interface Machine {
  readonly hostname: string;
  /** Of its interfaces, IPv4 and IPv6 without zones. */
  readonly addresses: readonly string[];
  /** Bytes that the process may use: the machine's, or its container's. */
  readonly memoryBytes: number;
}

export function thisMachine(): Machine {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  // 0 where the runtime knows of no bound.
  const memoryBytes = Math.min(process.constrainedMemory() || Infinity, totalmem());
  return { hostname: hostname(), addresses: all.map(({ address }) => address), memoryBytes };
}

/** Whether a request for `url` comes in at `listen`. */
export function leadsTo(url: URL, listen: ListenTarget, machine: Machine): boolean {
  // A port of 0 is chosen later.
  if (listen.kind === "unix" || listen.port === 0 || listen.port !== portOf(url)) return false;
  const [from, to] = [plain(listen.host), plain(url.hostname)];
  if (from === to) return true;
  return addressesOf(to, machine).some((address) => takes(from, address, machine));
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" || protocol === "grpcs:" ? 443 : 80;
}

/** Whether whoever listens on `host` is reached at `address`. */
function takes(host: string, address: string, machine: Machine): boolean {
  if (host === "::") return isOwn(address, machine);
  if (host === "0.0.0.0") return isIP(address) === 4 && isOwn(address, machine);
  return addressesOf(host, machine).includes(address);
}

function isOwn(address: string, { addresses }: Machine): boolean {
  return address.startsWith("127.") || address === "::1" || addresses.includes(address);
}

/** The addresses that a host stands for; none when a name server would have to be asked. */
function addressesOf(host: string, machine: Machine): readonly string[] {
  // Connecting to no address in particular is connecting to oneself.
  if (host === "0.0.0.0") return ["127.0.0.1"];
  if (host === "::") return ["::1", "127.0.0.1"];
  if (isIP(host) !== 0) return [host];
  if (host === "localhost" || host.endsWith(".localhost")) return ["127.0.0.1", "::1"];
  const own = plain(machine.hostname);
  const isOwnName = host === own || host === own.split(".", 1)[0];
  return isOwnName ? ["127.0.0.1", "::1", ...machine.addresses] : [];
}

/** A host as it is compared: without brackets and final dot, IPv4 as IPv4. */
function plain(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  if (isIP(bare) !== 6) return bare;
  // All spellings of an IPv6 address become one; ::ffff:7f00:1 is 127.0.0.1.
  const shortest = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(shortest);
  if (mapped === null) return shortest;
  const [high, low] = [mapped[1], mapped[2]].map((part) => Number.parseInt(part ?? "", 16));
  return [high, low].flatMap((part = 0) => [part >> 8, part & 0xff]).join(".");
}
