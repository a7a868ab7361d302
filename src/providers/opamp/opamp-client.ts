// A client of one OpAMP server: takes the policies of the configurations that it offers, reports
// what became of each, and keeps the last good one. A server that is down changes nothing.

import { errorMessage } from "../../core/errors.ts";
import {
  OPAMP_FAULT_CHARS_MAX,
  OPAMP_FAULTY_POLICIES_TOLD_MAX,
  OPAMP_UIDS_KNOWN_MAX,
  SYNC_CACHE_GRACE_MS,
  SYNC_MESSAGE_CHARS_MAX,
} from "../../core/limits.ts";
import { redactText } from "../../core/redact.ts";
import { OneAtATime } from "../../system/one-at-a-time.ts";
import { yieldToLoop } from "../../system/pause.ts";
import { KeptResponse } from "../http/kept-response.ts";
import type { CachedResponse } from "../http/policy-cache.ts";
import { SyncError } from "../http/sync-exchange.ts";
import type { ProviderHost } from "../provider-port.ts";
import { agentDescription } from "./agent-description.ts";
import { AgentState } from "./agent-state.ts";
import { nameOf, policyEntries, readPolicies } from "./config-policies.ts";
import { isUid, uidText } from "./instance-uid.ts";
import type { Link, LinkOptions, LinkUser } from "./link.ts";
import {
  decodeRemoteConfig,
  decodeServerMessage,
  encodeRemoteConfig,
  type Health,
  type RemoteConfig,
  type ServerMessage,
} from "./opamp-messages.ts";
import type { OpampProviderOptions } from "./opamp-options.ts";
import { PollingLink } from "./polling-link.ts";
import { SocketLink } from "./socket-link.ts";

export type OpampClientOptions = OpampProviderOptions & Required<Pick<LinkOptions, Needed>>;
type Needed = "schedule" | "monotonicMs" | "random" | "timeoutMs" | "messageBytesMax";

/** What could not be put in force, and why. */
interface Failure {
  readonly key: string;
  readonly reason: string;
  /** Tried again whenever the server says something: the fault need not be the configuration's. */
  readonly again: RemoteConfig | undefined;
}

export class OpampClient implements LinkUser {
  readonly #options: OpampClientOptions;
  readonly #host: ProviderHost;
  readonly #state: AgentState;
  /** The last uids that it has had: answers to what was sent before a change come later. */
  readonly #names: Set<string>;
  readonly #link: Link;
  readonly #cache: KeptResponse;
  readonly #secrets: readonly string[];
  readonly #startedMs: number;
  readonly #applies = new OneAtATime(() => this.#applyWanted());
  #cancelGrace: (() => void) | undefined;
  /** The newest configuration that is not in force yet. */
  #wanted: RemoteConfig | undefined;
  #applied: { readonly key: string; readonly policies: number } | undefined;
  #failure: Failure | undefined;
  #offersConfigs = true;
  /** The last message told everything. */
  #toldAll = false;
  #stopped = false;

  constructor(options: OpampClientOptions, host: ProviderHost, uid: Uint8Array) {
    this.#options = options;
    this.#host = host;
    this.#startedMs = this.#nowMs();
    this.#state = new AgentState(uid, agentDescription(options.identity), this.#health());
    this.#names = new Set([uid.toHex()]);
    this.#secrets = options.headers.map(({ value }) => value);
    const { cachePath: path, url } = options;
    this.#cache = new KeptResponse({ path, url, secrets: this.#secrets });
    const link: LinkOptions = { ...options, intervalMs: options.pollIntervalMs };
    this.#link = /^ws/i.test(url)
      ? new SocketLink(link, this)
      : new PollingLink(link, this, options.fetch);
  }

  get uid(): Uint8Array {
    return this.#state.uid;
  }

  get uidText(): string {
    return uidText(this.#state.uid);
  }

  start(): void {
    if (this.#cache.isWanted) {
      const { schedule } = this.#options;
      this.#cancelGrace = schedule(SYNC_CACHE_GRACE_MS, () => void this.#useCache());
    }
    this.#link.start();
  }

  async look(): Promise<void> {
    await this.#link.look();
    await this.#applies.idle();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancelGrace?.();
    await this.#link.stop(deadlineMs);
  }

  next(): Uint8Array<ArrayBuffer> {
    this.#state.setHealth(this.#health());
    this.#toldAll = this.#state.tellsAll;
    return this.#state.next();
  }

  last(): Uint8Array<ArrayBuffer> {
    return this.#state.last();
  }

  async received(bytes: Uint8Array): Promise<void> {
    const message = decodeServerMessage(bytes);
    if (message.uid.length > 0 && !this.#names.has(message.uid.toHex())) {
      throw new SyncError("the message is for another instance; check the control plane");
    }
    if (message.refusal !== undefined) {
      this.#refused(message.refusal);
      return;
    }
    this.#heed(message);
    // Too late for the cache; one that is being put in force already goes first.
    this.#cancelGrace?.();
    await this.#cache.tried();
    if (this.#stopped) return;
    if (message.remoteConfig === undefined) this.#nothingNew();
    else this.#offered(message.remoteConfig);
    if (this.#state.hasNews && !(message.wantsAll && this.#toldAll)) this.#link.tell();
  }

  async failed(error: unknown): Promise<void> {
    if (this.#stopped) return;
    // Nobody knows what of the last messages has arrived.
    this.#state.forget();
    this.#cancelGrace?.();
    if (this.#applied === undefined) await this.#useCache();
    this.#host.failed(this.#reasonOf(error));
  }

  /** A message that was not taken is sent again only when the server is to be asked later. */
  #refused({ kind, message, retryAfterMs }: NonNullable<ServerMessage["refusal"]>): void {
    const said = message === "" ? "" : `: ${message.slice(0, SYNC_MESSAGE_CHARS_MAX)}`;
    const error = new SyncError(`the control plane reports: ${kind}${said}`, retryAfterMs);
    if (kind === "unavailable") throw error;
    this.#state.forget();
    this.#host.failed(this.#reasonOf(error));
  }

  #heed({ newUid, heartbeatS, wantsAll, offersConfigs }: ServerMessage): void {
    if (newUid !== undefined) {
      if (!isUid(newUid)) throw new SyncError("the new instance uid is none; it has 16 bytes");
      this.#remember(newUid);
      this.#state.uid = newUid.slice();
    }
    if (heartbeatS !== undefined) this.#link.setInterval(heartbeatS);
    if (wantsAll) this.#state.forget();
    this.#offersConfigs = offersConfigs ?? this.#offersConfigs;
  }

  #remember(uid: Uint8Array): void {
    this.#names.add(uid.toHex());
    const [oldest] = this.#names;
    if (this.#names.size > OPAMP_UIDS_KNOWN_MAX && oldest !== undefined) this.#names.delete(oldest);
  }

  #nothingNew(): void {
    if (this.#wanted !== undefined) return;
    if (this.#failure?.again !== undefined) this.#take(this.#failure.again);
    else if (this.#failure !== undefined) this.#host.failed(this.#failure.reason);
    else if (this.#applied === undefined && !this.#offersConfigs) {
      this.#host.failed("the server offers no configurations; check the provider's url");
    } else this.#host.unchanged();
  }

  #offered(config: RemoteConfig): void {
    const key = nameOf(config);
    if (this.#wanted !== undefined && key === nameOf(this.#wanted)) return;
    const isKnown = this.#wanted === undefined && key === (this.#failure ?? this.#applied)?.key;
    if (isKnown) this.#nothingNew();
    else this.#take(config);
  }

  #take(config: RemoteConfig): void {
    this.#wanted = config;
    this.#state.setRemoteStatus({ hash: config.hash, status: "applying", message: "" });
    this.#link.tell();
    void this.#applies.run();
  }

  async #applyWanted(): Promise<void> {
    // That it is being applied is told first.
    await (this.#options.pause ?? yieldToLoop)();
    const config = this.#wanted;
    if (config === undefined || this.#stopped) return;
    const hash = config.hash;
    try {
      const message = await this.#apply(config);
      this.#failure = undefined;
      this.#state.setRemoteStatus({ hash, status: "applied", message });
      this.#cache.outdate();
      const bytes = encodeRemoteConfig(config);
      await this.#cache.keep(this.#host, { bytes, contentType: null, encoding: "protobuf" });
    } catch (error) {
      if (this.#stopped) return;
      const reason = this.#reasonOf(error);
      const again = error instanceof NotInForce ? config : undefined;
      this.#failure = { key: nameOf(config), reason, again };
      this.#state.setRemoteStatus({ hash, status: "failed", message: reason });
      this.#host.failed(reason);
    }
    // A newer one may have come meanwhile: its run is the next.
    if (this.#wanted === config) this.#wanted = undefined;
    this.#state.setHealth(this.#health());
    if (!this.#stopped) this.#link.tell();
  }

  /** Puts it in force, and says in a sentence which of its policies are not. */
  async #apply(config: RemoteConfig): Promise<string> {
    const set = await readPolicies(config, this.#options.pause);
    try {
      await this.#host.offer(set);
    } catch (error) {
      throw new NotInForce(`could not be put in force: ${errorMessage(error)}`);
    }
    this.#applied = { key: set.hash, policies: set.policies.length };
    this.#state.setEffective(policyEntries(config));
    return inertSentence(this.#faults(), set.policies.length);
  }

  #useCache(): Promise<void> {
    return this.#cache.use(this.#host, (kept) => this.#applyKept(kept));
  }

  async #applyKept({ bytes }: CachedResponse): Promise<void> {
    if (this.#stopped) return;
    const config = decodeRemoteConfig(bytes);
    const message = await this.#apply(config);
    this.#state.setRemoteStatus({ hash: config.hash, status: "applied", message });
  }

  /** What is wrong with policies, by id. Their counts have no place in OpAMP. */
  #faults(): ReadonlyMap<string, string> {
    const delta = this.#host.takeDelta();
    delta.acknowledge();
    const faulty = delta.statuses.filter(({ errors }) => errors.length > 0);
    return new Map(
      faulty.map(({ id, errors }) => [id, errors.join("; ").slice(0, OPAMP_FAULT_CHARS_MAX)]),
    );
  }

  #health(): Health {
    const faults = [...(this.#applied === undefined ? [] : this.#faults())];
    const { policies } = this.#applied ?? {};
    return {
      isHealthy: this.#failure === undefined,
      startedMs: this.#startedMs,
      atMs: this.#nowMs(),
      status: policies === undefined ? "no policies yet" : `${policies} policies in force`,
      lastError: this.#failure?.reason ?? "",
      faults: new Map(
        faults
          .slice(0, OPAMP_FAULTY_POLICIES_TOLD_MAX)
          .map(([id, fault]) => [`policy/${id}`, fault]),
      ),
    };
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }

  #reasonOf(error: unknown): string {
    return redactText(errorMessage(error), this.#secrets);
  }
}

/** The configuration is good, and yet not in force. */
class NotInForce extends Error {
  readonly code = "not_in_force";
}

function inertSentence(faults: ReadonlyMap<string, string>, policies: number): string {
  const [first] = faults;
  if (first === undefined) return "";
  const [id, fault] = first;
  const text = `${faults.size} of ${policies} policies have errors and do nothing: ${JSON.stringify(id)}: ${fault}`;
  return text.slice(0, SYNC_MESSAGE_CHARS_MAX);
}
