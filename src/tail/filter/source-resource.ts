// The resource attributes of a source's lines: the file, the host, the container, and what the user
// adds.

import { basename } from "node:path";
import { kubernetesAttributes, type ResourceAttributes } from "../../protocols/lines/index.ts";
import type { LineSource } from "../ports.ts";

export interface HostAttributes {
  /** Name of the host; empty: it is not told. */
  readonly hostName: string;
  /** Attributes that the user gives to all lines; they win over all others. */
  readonly added: ResourceAttributes;
}

/** Attributes of the resource that a source's lines come from. */
export function resourceOf(
  { kind, path }: Pick<LineSource, "kind" | "path">,
  { added, hostName }: HostAttributes,
): ResourceAttributes {
  const attributes = new Map<string, string>();
  if (kind === "file") {
    attributes.set("log.file.path", path);
    attributes.set("log.file.name", basename(path));
    for (const [name, value] of kubernetesAttributes(path)) attributes.set(name, value);
  }
  if (hostName !== "") attributes.set("host.name", hostName);
  for (const [name, value] of added) attributes.set(name, value);
  return attributes;
}
