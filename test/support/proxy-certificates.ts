// Certificates for tests, made anew each time by the openssl command: one authority, a server for
// 127.0.0.1, a client.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificates {
  readonly ca: string;
  readonly caFile: string;
  readonly server: Pair;
  readonly client: Pair;
}

/** Makes them in `folder`; `name`: another one of the server. Throws when there is no openssl. */
export function issueCertificates(folder: string, name?: string): Certificates {
  const ca = pairIn(folder, "ca");
  openssl(
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ["-days", "2", "-subj", "/CN=test authority", "-keyout", ca.keyFile, "-out", ca.certFile],
  );
  const issue = (name: string, extension: string): Pair => {
    const pair = pairIn(folder, name);
    const request = join(folder, `${name}.csr`);
    const extensions = join(folder, `${name}.ext`);
    writeFileSync(extensions, `${extension}\n`);
    openssl(
      ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ["-subj", `/CN=${name}`, "-keyout", pair.keyFile, "-out", request],
    );
    openssl(
      ["x509", "-req", "-in", request, "-CA", ca.certFile, "-CAkey", ca.keyFile],
      ["-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", pair.certFile],
    );
    return read(pair);
  };
  const { cert, certFile } = read(ca);
  return {
    ca: cert,
    caFile: certFile,
    server: issue(
      "server",
      `subjectAltName=IP:127.0.0.1${name === undefined ? "" : `,DNS:${name}`}`,
    ),
    client: issue("client", "extendedKeyUsage=clientAuth"),
  };
}

function pairIn(folder: string, name: string): Pair {
  const certFile = join(folder, `${name}.pem`);
  return { cert: "", key: "", certFile, keyFile: join(folder, `${name}.key`) };
}

function read({ certFile, keyFile }: Pair): Pair {
  const cert = readFileSync(certFile, "utf8");
  return { cert, key: readFileSync(keyFile, "utf8"), certFile, keyFile };
}

function openssl(...parts: readonly string[][]): void {
  const run = Bun.spawnSync(["openssl", ...parts.flat()], { stderr: "pipe" });
  if (!run.success) throw new Error(`openssl: ${run.stderr.toString()}`);
}
