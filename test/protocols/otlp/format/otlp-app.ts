// The OTLP endpoints as a distribution has them, without a socket: the module, both formats, the
// real engine and the executor, in front of an upstream that remembers what it is sent.

import type { EventName, Events } from "../../../../src/o11y/events.ts";
import { otlp } from "../../../../src/protocols/otlp/index.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Engine,
  type Signal,
} from "../../../../src/policy/index.ts";
import { Executor } from "../../../../src/pipeline/executor.ts";
import { Router } from "../../../../src/server/router.ts";
import { ProxyServer } from "../../../../src/server/server.ts";
import type { UpstreamRequest } from "../../../../src/pipeline/upstream.ts";
import { createRegexValidator } from "../../../../src/re2/index.ts";
import { type Recorded, RecordingBus } from "../../../support/proxy-fakes.ts";
import { roomFor } from "../../../support/room.ts";
import { finish } from "../../../support/steps.ts";

const PATHS: Readonly<Record<Signal, string>> = {
  log: "/v1/logs",
  metric: "/v1/metrics",
  trace: "/v1/traces",
};
export const JSON_TYPE = "application/json";
export const PROTOBUF_TYPE = "application/x-protobuf";

/** The real engine with these policies, in the form that policy files have; none may be wrong. */
export function engineWith(policies: readonly object[]): Engine {
  const set = decodePolicySet({ policies }, AUTHORING);
  const problems = [...set.errors, ...set.policies.flatMap(({ errors }) => errors)];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const engine = createEngine({
    validateRegex: createRegexValidator(),
    nowMs: () => 0,
    random: () => 0.5,
  });
  finish(engine.replace(set.policies));
  return engine;
}

export interface AppLimits {
  readonly bodyBytesMax?: number;
  readonly decodedBytesMax?: number;
}

export interface Posted {
  readonly status: number;
  readonly answer: Uint8Array;
  readonly responseType: string | null;
  /** Bodies that the upstream was sent. */
  readonly sent: readonly Uint8Array[];
  readonly sentEncoding: string | null;
  readonly events: readonly Recorded[];
  /** Operations of transforms that changed something, in records, resources and scopes. */
  readonly operations: number;
}

const ANSWER = "from the upstream";

export class OtlpApp {
  readonly engine: Engine;
  private readonly server: ProxyServer;
  private readonly bus = new RecordingBus();
  private sent: Uint8Array[] = [];
  private sentEncoding: string | null = null;

  constructor(policies: readonly object[], limits: AppLimits = {}) {
    this.engine = engineWith(policies);
    const upstream = {
      name: "upstream",
      send: (request: UpstreamRequest) => this.take(request),
      stop: () => undefined,
    };
    const upstreams = { default: upstream, logs: upstream, metrics: upstream, traces: upstream };
    const { bus, engine } = this;
    const { bodyBytesMax = 100_000_000, decodedBytesMax = 100_000_000 } = limits;
    const executor = new Executor({ engine, upstreams, bus, bodyBytesMax, decodedBytesMax });
    const router = new Router([otlp.create({})]);
    this.server = new ProxyServer({ router, executor, bus, room: roomFor(bus) });
  }

  private async take({ body, headers }: UpstreamRequest): Promise<Response> {
    this.sent.push(new Uint8Array(await new Response(body).arrayBuffer()));
    this.sentEncoding = headers.get("content-encoding");
    return new Response(ANSWER);
  }

  async post(
    signal: Signal,
    contentType: string,
    body: Uint8Array,
    encoding?: string,
  ): Promise<Posted> {
    this.sent = [];
    this.sentEncoding = null;
    this.bus.seen.length = 0;
    const headers = new Headers({
      "content-type": contentType,
      "content-length": String(body.length),
    });
    if (encoding !== undefined) headers.set("content-encoding", encoding);
    const url = `http://edge${PATHS[signal]}`;
    const request = new Request(url, { method: "POST", body: body.slice(), headers });
    const before = operationsOf(this.engine);
    const response = await this.server.app.request(request);
    return {
      status: response.status,
      answer: await response.bytes(),
      responseType: response.headers.get("content-type"),
      sent: this.sent,
      sentEncoding: this.sentEncoding,
      events: this.bus.seen.slice(),
      operations: operationsOf(this.engine) - before,
    };
  }
}

function operationsOf(engine: Engine): number {
  let hits = 0;
  for (const { remove, redact, rename, add } of engine.totals()) {
    hits += remove.hits + redact.hits + rename.hits + add.hits;
  }
  return hits;
}

/** Events of one name. */
export function eventsOf<Name extends EventName>(posted: Posted, name: Name): Events[Name][] {
  return posted.events.filter((one) => one.name === name).map(({ event }) => event as Events[Name]);
}
