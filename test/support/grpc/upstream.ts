// The client of an upstream that speaks gRPC, and requests to it.

import type { OutgoingBody } from "../../../src/pipeline/upstream.ts";
import { otlp } from "../../../src/protocols/otlp/index.ts";
import {
  UpstreamClient,
  type UpstreamClientOptions,
} from "../../../src/upstream/upstream-client.ts";
import { RecordingBus } from "../proxy-fakes.ts";

export function clientOf(url: string, options: Partial<UpstreamClientOptions> = {}) {
  const bus = new RecordingBus();
  const services = otlp.grpc === undefined ? [] : [otlp.grpc];
  const upstream = new UpstreamClient({
    name: "default",
    url,
    timeouts: { connectMs: 5000, firstByteMs: 5000, idleMs: 5000 },
    bus,
    grpc: { services, decodedBytesMax: 10_000_000 },
    ...options,
  });
  return { upstream, bus };
}

export const PROTOBUF = { "content-type": "application/x-protobuf" };

export function send(
  upstream: UpstreamClient,
  body: OutgoingBody,
  headers: Record<string, string> = PROTOBUF,
  target = "/v1/logs",
  method = "POST",
): Promise<Response> {
  return upstream.send({
    method,
    target,
    headers: new Headers(headers),
    body,
    bodyBytesMax: 1_000_000,
    client: undefined,
  });
}
