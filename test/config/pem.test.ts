// What the files of certificates and keys must hold.

import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { checkPem, PemError, pemFaults } from "../../src/config/index.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PLAIN_KEY = privateKey.export({ type: "pkcs8", format: "pem" });
const cipher = "aes-256-cbc";
const LOCKED_KEY = privateKey.export({ type: "pkcs8", format: "pem", cipher, passphrase: "x" });

test("nothing to read is nothing wrong, and so is a key alone", () => {
  expect(pemFaults("tls", {})).toEqual([]);
  expect(pemFaults("tls", { key: PLAIN_KEY })).toEqual([]);
});

test("each text that cannot be used is told with its key", () => {
  expect(pemFaults("tls", { cert: "", key: "x", ca: "-----BEGIN CERTIFICATE-----" })).toEqual([
    "tls.cert_file holds no usable PEM (a block BEGIN CERTIFICATE is needed)",
    "tls.key_file holds no usable PEM (a block BEGIN PRIVATE KEY is needed)",
    "tls.client_ca_file holds no usable PEM (a block BEGIN CERTIFICATE is needed)",
  ]);
  expect(pemFaults("upstream_tls", { ca: PLAIN_KEY })).toEqual([
    "upstream_tls.ca_file holds no usable PEM (a block BEGIN CERTIFICATE is needed)",
  ]);
});

test("a key that is locked says so", () => {
  expect(pemFaults("tls", { key: LOCKED_KEY })).toEqual([
    "tls.key_file needs a passphrase (only a key without one can be used)",
  ]);
});

test("as an error, all of it is in one message", () => {
  expect(() => checkPem("tls", { cert: "x", key: "x" })).toThrow(
    new PemError([
      "tls.cert_file holds no usable PEM (a block BEGIN CERTIFICATE is needed)",
      "tls.key_file holds no usable PEM (a block BEGIN PRIVATE KEY is needed)",
    ]),
  );
  expect(() => checkPem("tls", { key: PLAIN_KEY })).not.toThrow();
});
