// Checks the files of a certificate and its key, so that `validate` and the start find a wrong one,
// and not the first connection. Errors quote no byte of them.

import { X509Certificate, createPrivateKey } from "node:crypto";
import type { ProxyConfig } from "./model.ts";

/** What a group of keys names: paths of files, or the texts in them. */
export interface PemTexts {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
}

/** The keys that name the files, by their group. */
const PEM_KEYS = {
  tls: { cert: "tls.cert_file", key: "tls.key_file", ca: "tls.client_ca_file" },
  upstream_tls: {
    cert: "upstream_tls.cert_file",
    key: "upstream_tls.key_file",
    ca: "upstream_tls.ca_file",
  },
} as const;
export type PemGroup = keyof typeof PEM_KEYS;

/**
 * The texts of the files at `paths`. `unreadable` is told of each that cannot be read, and may
 * throw; its text is left out.
 */
export function readPem(
  group: PemGroup,
  paths: PemTexts,
  readFile: (path: string) => string,
  unreadable: (key: string, path: string, error: unknown) => void,
): PemTexts {
  const read = (key: string, path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFile(path);
    } catch (error) {
      unreadable(key, path, error);
      return undefined;
    }
  };
  const { cert, key, ca } = PEM_KEYS[group];
  return { cert: read(cert, paths.cert), key: read(key, paths.key), ca: read(ca, paths.ca) };
}

/** Where the files of both groups are, by their group. */
export function pemPaths({
  tls,
  upstreamTls,
}: Pick<ProxyConfig, "tls" | "upstreamTls">): Readonly<Record<PemGroup, PemTexts>> {
  const { certFile, keyFile } = upstreamTls?.clientCertificate ?? {};
  return {
    tls: { cert: tls?.certFile, key: tls?.keyFile, ca: tls?.clientCaFile },
    upstream_tls: { cert: certFile, key: keyFile, ca: upstreamTls?.caFile },
  };
}

/** Files that hold what cannot be used. */
export class PemError extends Error {
  readonly code = "pem";
  constructor(faults: readonly string[]) {
    super(faults.join("; "));
    this.name = "PemError";
  }
}

/** What is wrong, each with the key of its file in front; empty when all can be used. */
export function pemFaults(group: PemGroup, { cert, key, ca }: PemTexts): readonly string[] {
  const faults: string[] = [];
  const parsed = <T>(
    name: string,
    block: string,
    text: string | undefined,
    parse: (text: string) => T,
  ) => {
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch {
      // The parser's own message does not help.
      const isEncrypted = /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text);
      faults.push(
        isEncrypted
          ? `${name} needs a passphrase (only a key without one can be used)`
          : `${name} holds no usable PEM (a block BEGIN ${block} is needed)`,
      );
      return undefined;
    }
  };
  const names = PEM_KEYS[group];
  const leaf = parsed(names.cert, "CERTIFICATE", cert, (text) => new X509Certificate(text));
  const privateKey = parsed(names.key, "PRIVATE KEY", key, (text) => createPrivateKey(text));
  parsed(names.ca, "CERTIFICATE", ca, (text) => new X509Certificate(text));
  if (leaf !== undefined && privateKey !== undefined && !leaf.checkPrivateKey(privateKey)) {
    faults.push(`${names.key} is not the key of the certificate in ${names.cert}`);
  }
  return faults;
}

/** Throws PemError when something is wrong. */
export function checkPem(group: PemGroup, texts: PemTexts): void {
  const faults = pemFaults(group, texts);
  if (faults.length > 0) throw new PemError(faults);
}
