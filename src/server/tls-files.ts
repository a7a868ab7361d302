// The listener's certificate files. They are read again when they change on disk, on SIGHUP and
// every few seconds, then checked and put in use. A pair that cannot be used, or of which only one
// file was replaced, never takes the place of a good one.

import { errorMessage } from "../core/errors.ts";
import { X509Certificate } from "node:crypto";
import type { ListenTls } from "../config/index.ts";
import { checkPem } from "../config/pem.ts";
import { FILES_POLL_MS, FILES_SETTLE_MS, TLS_EXPIRY_WARNING_MS } from "../core/limits.ts";
import type { EventBus } from "../o11y/index.ts";
import type { Schedule } from "../system/timer.ts";
import { WatchedFiles } from "../system/watched-files.ts";
import type { ListenTlsPem } from "./listener.ts";

export interface TlsFilesOptions {
  readonly files: ListenTls;
  /** Reads the files; throws if one cannot be read. */
  readonly read: () => ListenTlsPem;
  /** The pair that is in use. */
  readonly inUse: ListenTlsPem;
  /** Uses the files for new connections. */
  readonly apply: (pem: ListenTlsPem) => Promise<void>;
  readonly bus: Pick<EventBus, "emit">;
  readonly schedule?: Schedule;
}

/** The result of reading the files again. */
export interface TlsReload {
  /** Whether the files in use are new ones. */
  readonly changed: boolean;
  /** Why the files on disk are not in use. */
  readonly error?: string;
}

export class TlsFiles {
  readonly #options: TlsFilesOptions;
  readonly #watched: WatchedFiles;
  #inUse: ListenTlsPem;
  /** The problem that was reported last, so that each is reported only once. */
  #reported: string | undefined;
  #isStopped = false;
  /**
   * Checks run one after the other, so that none compares with what another is about to replace.
   */
  #looks: Promise<TlsReload> = Promise.resolve({ changed: false });

  constructor(options: TlsFilesOptions) {
    this.#options = options;
    this.#inUse = options.inUse;
    const { certFile, keyFile, clientCaFile } = options.files;
    this.#watched = new WatchedFiles({
      paths: clientCaFile === undefined ? [certFile, keyFile] : [certFile, keyFile, clientCaFile],
      look: () => void this.reload(),
      pollMs: FILES_POLL_MS,
      settleMs: FILES_SETTLE_MS,
      schedule: options.schedule,
    });
  }

  async start(): Promise<void> {
    await this.#watched.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#watched.stop();
  }

  /** Reads the files and puts them in use if they have changed and are usable. Never throws. */
  reload(): Promise<TlsReload> {
    this.#looks = this.#looks.then(() => this.#look());
    return this.#looks;
  }

  async #look(): Promise<TlsReload> {
    try {
      const pem = this.#options.read();
      if (Bun.deepEquals(pem, this.#inUse)) {
        this.#reported = undefined;
        return { changed: false };
      }
      checkPem("tls", { ...pem, ca: pem.clientCa });
      await this.#options.apply(pem);
      this.#inUse = pem;
      this.#reported = undefined;
      this.#tellOf(new X509Certificate(pem.cert));
      return { changed: true };
    } catch (error) {
      const reason = errorMessage(error);
      this.#failed(reason);
      return { changed: false, error: reason };
    }
  }

  #tellOf({ fingerprint256: fingerprint, validTo }: X509Certificate): void {
    const expires = new Date(validTo);
    const at = { fingerprint, expires: expires.toISOString() };
    this.#options.bus.emit("tls.reloaded", at);
    if (expires.getTime() - Date.now() < TLS_EXPIRY_WARNING_MS) {
      this.#options.bus.emit("tls.expires_soon", { ...at, cure: "replace it" });
    }
  }

  #failed(reason: string): void {
    if (this.#isStopped || reason === this.#reported) return;
    this.#reported = reason;
    const cure = "the certificate in use stays; replace the files by a pair that fits";
    this.#options.bus.emit("tls.reload_failed", { reason, cure });
  }
}
