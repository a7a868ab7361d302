// A store of shared limits in Redis or Valkey, using the runtime's own client: one connection, one
// script. It does not retry; its owner closes it when a call has failed.

import { RedisClient } from "bun";
import { errorMessage } from "../../core/errors.ts";
import { LEASE_WANTED_MAX, MEMBER_MS_MAX } from "../../core/limits.ts";
import {
  type LimitStore,
  LimitStoreError,
  type StoreCall,
  type StoreFault,
  type StoreReply,
} from "./limit-store.ts";
import { LEASE_SCRIPT } from "./redis-script.ts";

export interface RedisStoreOptions {
  /** May hold a password: never printed. */
  readonly url: string;
  /** Before all keys. */
  readonly keyPrefix: string;
  /** For connecting, and for each call. */
  readonly timeoutMs: number;
}

const FAULTS: Readonly<Record<string, StoreFault>> = {
  ERR_REDIS_SERVER_ERROR: "refused",
  ERR_REDIS_CONNECTION_TIMEOUT: "timeout",
};
const NONE = "-1";

export async function openRedisStore(options: RedisStoreOptions): Promise<LimitStore> {
  const { url, timeoutMs } = options;
  const client = new RedisClient(url, {
    connectionTimeout: timeoutMs,
    autoReconnect: false,
    enableOfflineQueue: false,
  });
  const store = new RedisStore(client, options);
  try {
    await store.open();
  } catch (error) {
    client.close();
    throw error;
  }
  return store;
}

class RedisStore implements LimitStore {
  readonly #client: RedisClient;
  readonly #options: RedisStoreOptions;
  readonly #tag: string;
  #script = "";

  constructor(client: RedisClient, options: RedisStoreOptions) {
    this.#client = client;
    this.#options = options;
    this.#tag = `${options.keyPrefix}{limits}:`;
    // Calls in flight reject; nobody else has to hear of it.
    client.onclose = () => undefined;
  }

  async open(): Promise<void> {
    try {
      await this.#timely(this.#client.connect());
    } catch (error) {
      // The client says of a refused password no more than that the connection has closed.
      const { fault, message } = storeErrorOf(error);
      throw new LimitStoreError(
        fault,
        `cannot connect to ${new URL(this.#options.url).host}: nobody listens there, user or password are wrong, only one side uses TLS, or its certificate is not trusted (${message})`,
      );
    }
    await this.#load();
  }

  async call(call: StoreCall): Promise<StoreReply> {
    const args = this.#argumentsOf(call);
    let reply: unknown;
    try {
      reply = await this.#send("EVALSHA", [this.#script, ...args]);
    } catch (error) {
      if (!(error instanceof LimitStoreError && error.message.startsWith("NOSCRIPT"))) throw error;
      await this.#load();
      reply = await this.#send("EVALSHA", [this.#script, ...args]);
    }
    return replyOf(reply, call);
  }

  async leave(member: string): Promise<void> {
    await this.#send("ZREM", [`${this.#tag}members`, member]);
  }

  close(): void {
    this.#client.close();
  }

  async #load(): Promise<void> {
    this.#script = String(await this.#send("SCRIPT", ["LOAD", LEASE_SCRIPT]));
  }

  /** Keys, then arguments, as the script expects them. */
  #argumentsOf({ member, asksMembers, lackingSinceMs, asks, gifts }: StoreCall): string[] {
    const keys = new Map<string, number>();
    const list = [`${this.#tag}members`, `${this.#tag}lacking`];
    const keyOf = (id: string, window: number): number => {
      const key = `${this.#tag}${id}:${window}`;
      const known = keys.get(key);
      if (known !== undefined) return known;
      // The window after it is next to it.
      list.push(key, `${this.#tag}${id}:${window + 1}`);
      keys.set(key, list.length - 1);
      return list.length - 1;
    };
    const lookFrom = lackingSinceMs === undefined ? "" : String(lackingSinceMs);
    const args = [member, MEMBER_MS_MAX, asksMembers ? 1 : 0, lookFrom, LEASE_WANTED_MAX];
    for (const { limit, name, window, claim, want, announce, lease, leaseMax } of asks) {
      const { id, count, windowMs } = limit;
      args.push(keyOf(id, window), id, name, window, count, windowMs, 0, claim, want);
      args.push(announce ?? NONE, lease ?? NONE, leaseMax);
    }
    for (const { limit, name, window, tokens } of gifts) {
      const { id, count, windowMs } = limit;
      args.push(keyOf(id, window), id, name, window, count, windowMs, tokens);
      args.push(0, 0, NONE, NONE, 0);
    }
    return [String(list.length), ...list, ...args.map(String)];
  }

  async #send(command: string, args: string[]): Promise<unknown> {
    return this.#timely(this.#client.send(command, args));
  }

  /** Rejects with LimitStoreError, also when the time is over. */
  async #timely(work: Promise<unknown>): Promise<unknown> {
    const { timeoutMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const fail = (): void => {
      late.reject(new LimitStoreError("timeout", `no answer within ${timeoutMs} ms`));
    };
    const timer = setTimeout(fail, timeoutMs);
    try {
      return await Promise.race([work, late.promise]);
    } catch (error) {
      throw storeErrorOf(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function storeErrorOf(error: unknown): LimitStoreError {
  if (error instanceof LimitStoreError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return new LimitStoreError(FAULTS[code] ?? "connection", errorMessage(error));
}

/** What the script returns; anything else is a fault of the store. */
function replyOf(reply: unknown, { asksMembers, asks }: StoreCall): StoreReply {
  const parts: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [seconds, micros, members, numbers, lacking] = parts;
  if (!Array.isArray(members) || !Array.isArray(numbers) || !Array.isArray(lacking)) {
    throw new LimitStoreError("refused", "the script's answer is none of its own");
  }
  const answers = asks.map((_, i) => {
    const [claimed, granted, next] = numbers.slice(i * 3, i * 3 + 3).map(Number);
    return { claimed: claimed ?? 0, granted: granted ?? 0, next: next ?? 0 };
  });
  return {
    nowMs: Number(seconds) * 1000 + Number(micros) / 1000,
    members: asksMembers ? members.map(String).sort() : undefined,
    answers,
    lacking: lacking.map((text) => {
      const [id = "", window = "", name = ""] = String(text).split(" ");
      return { id, window: Number(window), name };
    }),
  };
}
