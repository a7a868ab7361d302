// Stands before a server whose own bound for a request's head cannot be set, and which cannot
// handle a request that arrives before the previous one is answered. It accepts connections, lets
// none through before the head of its first request is complete, and then passes requests on one by
// one.

import { GUARD_CONNECT_MS_MAX, GUARDED_HEAD_BYTES_MAX, GUARD_STOP_MS_MAX } from "../core/limits.ts";
import { HeadDeadlines } from "./head-deadlines.ts";
import { OneByOne } from "./one-by-one.ts";

export interface HeadGuardOptions {
  readonly host: string;
  readonly port: number;
  /** Whether other guards of this program have the same port. */
  readonly isShared: boolean;
  /** How long a client may take from opening its connection to the end of its first head. */
  readonly headTimeoutMs: number;
  /** Called for connections that begin with TLS; they are ended. */
  readonly onTlsClient?: (() => void) | undefined;
  /** The unix socket, maybe an abstract one, that the server behind it listens on. */
  readonly serverPath: string;
  /** A connection could not be passed on to the server, and was closed. */
  readonly lost: () => void;
}

/** How every TLS connection begins, and no request does (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;
/** What Bun sends back for bytes that are not a request; TLS libraries know it as such. */
const NOT_HTTP = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
/** Time between two checks of what is waited for when stopping. */
const LOOK_MS = 5;

type End = Bun.Socket<Side>;

/** One end of a connection, and what the other end has sent that it has not taken yet. */
class Side {
  other: End | undefined;
  unsent: Uint8Array | undefined;
  /** Nothing more comes for it: it is closed once it has taken the rest. */
  isEnding = false;
  /** What has arrived of the first head. Empty after it, and on the server's side. */
  head: Buffer[] = [];
  headBytes = 0;
  /** The last bytes of it. */
  tail: Buffer = Buffer.alloc(0);
  isOpening = false;
  /** On the client's side: what is let through, and what has arrived and is held back. */
  readonly passage = new OneByOne();
  held: Buffer | undefined;
}

export class HeadGuard {
  readonly port: number;
  readonly #options: HeadGuardOptions;
  readonly #listener: Bun.TCPSocketListener<Side>;
  readonly #clients = new Set<End>();
  readonly #deadlines: HeadDeadlines<End>;
  #wake = (): void => undefined;
  #isAborted = false;

  /** Listens. Throws as Bun.listen does. */
  constructor(options: HeadGuardOptions) {
    this.#options = options;
    this.#deadlines = new HeadDeadlines(options.headTimeoutMs, (client) => client.terminate());
    const listening = {
      hostname: options.host,
      port: options.port,
      data: new Side(),
      socket: {
        ...handlers((client) => this.#closed(client)),
        open: (client: End) => this.#open(client),
        data: (client: End, bytes: Buffer) => this.#received(client, bytes),
      },
    };
    // Bun accepts it for TCP as well as for HTTP; its types know only the latter.
    Object.assign(listening, { reusePort: options.isShared });
    this.#listener = Bun.listen<Side>(listening);
    this.port = this.#listener.port;
  }

  /**
   * Takes no new connections, and gives up those that do not ask for anything soon: what clients
   * sent before they could know is still on its way.
   */
  async stop(): Promise<void> {
    this.#listener.stop();
    const untilMs = performance.now() + GUARD_STOP_MS_MAX;
    while (this.#waiting().length > 0 && performance.now() < untilMs) await Bun.sleep(LOOK_MS);
    for (const client of this.#waiting()) client.terminate();
  }

  /** Cuts all connections. */
  abort(): void {
    this.#isAborted = true;
    this.#listener.stop(true);
    for (const client of this.#clients) client.terminate();
  }

  /** Resolves when no connection is left. */
  async empty(): Promise<void> {
    while (this.#clients.size > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Connections that have not sent a whole head yet. */
  #waiting(): End[] {
    return [...this.#clients].filter(({ data }) => data.other === undefined);
  }

  #open(client: End): void {
    client.data = new Side();
    client.setNoDelay(true);
    this.#clients.add(client);
    this.#deadlines.add(client);
  }

  #received(client: End, bytes: Buffer): void {
    const side = client.data;
    if (side.other !== undefined) {
      passNext(client, side.other, bytes);
      return;
    }
    if (side.headBytes === 0 && bytes[0] === TLS_HANDSHAKE) {
      this.#options.onTlsClient?.();
      client.end(NOT_HTTP);
      return;
    }
    // A copy: the bytes are only lent.
    side.head.push(Buffer.from(bytes));
    side.headBytes += bytes.length;
    if (side.isOpening) {
      if (side.headBytes > GUARDED_HEAD_BYTES_MAX) client.pause();
      return;
    }
    if (endsHead(side, bytes) || side.headBytes > GUARDED_HEAD_BYTES_MAX) {
      void this.#letThrough(client, side);
    }
  }

  async #letThrough(client: End, side: Side): Promise<void> {
    side.isOpening = true;
    this.#deadlines.remove(client);
    const server = await this.#connect(client);
    const head = Buffer.concat(side.head);
    side.head = [];
    if (server === undefined) {
      client.terminate();
      return;
    }
    if (!this.#clients.has(client)) {
      // So that the server counts that the client went away.
      server.data.other = undefined;
      server.end(head);
      return;
    }
    side.other = server;
    passNext(client, server, head);
    if (server.data.unsent === undefined && side.held === undefined) client.resume();
  }

  /**
   * A connection to the server behind. In a burst of clients its queue is full for a moment.
   * Undefined: it is stopping, or the queue stayed full.
   */
  async #connect(client: End): Promise<End | undefined> {
    const data = new Side();
    data.other = client;
    const socket = {
      ...handlers(() => undefined),
      data: (end: End, bytes: Buffer) => {
        const { other } = end.data;
        if (other === undefined) return;
        pass(end, other, bytes);
        if (other.data.passage.answered(bytes)) releaseHeld(other, end);
      },
    };
    const untilMs = performance.now() + GUARD_CONNECT_MS_MAX;
    while (!this.#isAborted) {
      try {
        return await Bun.connect<Side>({ unix: this.#options.serverPath, data, socket });
      } catch {
        if (performance.now() >= untilMs) {
          this.#options.lost();
          return undefined;
        }
        await Bun.sleep(LOOK_MS);
      }
    }
    return undefined;
  }

  #closed(client: End): void {
    this.#clients.delete(client);
    this.#deadlines.remove(client);
    if (this.#clients.size === 0) this.#wake();
  }
}

/** What both ends do. */
function handlers(closed: (end: End) => void) {
  const gone = (end: End): void => {
    const { other } = end.data;
    end.data.other = undefined;
    closed(end);
    if (other === undefined) return;
    other.data.other = undefined;
    if (other.data.unsent === undefined) other.end();
    else other.data.isEnding = true;
  };
  return {
    drain: drained,
    close: gone,
    error: (end: End) => {
      end.terminate();
      gone(end);
    },
  };
}

/** Passes on as much of what has arrived as may pass now, and holds back the rest. */
function passNext(client: End, server: End, bytes: Buffer): void {
  const { data } = client;
  if (data.held !== undefined) {
    data.held = Buffer.concat([data.held, bytes]);
    return;
  }
  let at = 0;
  while (at < bytes.length) {
    const end = data.passage.pass(bytes, at);
    if (end === at) {
      // A copy: the bytes are only lent.
      data.held = Buffer.from(bytes.subarray(at));
      client.pause();
      return;
    }
    pass(client, server, bytes.subarray(at, end));
    at = end;
  }
}

/** A response has ended: the next request may pass. */
function releaseHeld(client: End, server: End): void {
  const { data } = client;
  const { held } = data;
  if (held === undefined) return;
  data.held = undefined;
  passNext(client, server, held);
  if (data.held === undefined && server.data.unsent === undefined) client.resume();
}

/** Writes what arrived from `from`; reads no more from it until all of that is taken. */
function pass(from: End, to: End, bytes: Uint8Array): void {
  const { data } = to;
  if (data.unsent !== undefined) {
    data.unsent = Buffer.concat([data.unsent, bytes]);
    return;
  }
  const sent = Math.max(0, to.write(bytes));
  if (sent === bytes.length) return;
  data.unsent = Buffer.from(bytes.subarray(sent));
  from.pause();
}

function drained(end: End): void {
  const { data } = end;
  if (data.unsent === undefined) return;
  const sent = Math.max(0, end.write(data.unsent));
  if (sent < data.unsent.length) {
    data.unsent = data.unsent.subarray(sent);
    return;
  }
  data.unsent = undefined;
  if (data.isEnding) end.end();
  else if (data.other?.data.held === undefined) data.other?.resume();
}

/**
 * Whether this piece brings the empty line that ends a head, in whatever way it is written. The
 * line may have begun in the pieces before.
 */
function endsHead(side: Side, piece: Buffer): boolean {
  const bytes = side.tail.length === 0 ? piece : Buffer.concat([side.tail, piece]);
  side.tail = Buffer.from(bytes.subarray(-2));
  return bytes.includes("\n\r\n") || bytes.includes("\n\n");
}
