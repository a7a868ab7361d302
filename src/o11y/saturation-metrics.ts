// Metrics of how full the program is: what requests hold and how much they may hold, which requests
// it refuses, and which take too long. Rows of the metric table, and the code that fills them.

import type { EventBus, Unsubscribe } from "./event-bus.ts";
import { REFUSAL_REASONS, ROOM_LIMITS, TIMEOUT_PHASES } from "./labels.ts";
import type { MetricFamily } from "./metric-family.ts";
import type { MetricSpec } from "./metric-spec.ts";

const gauge = { type: "gauge", unit: "none" } as const;
const counter = { type: "counter", unit: "none" } as const;

export const SATURATION_METRICS = {
  requestsInFlight: {
    ...gauge,
    name: "edge_requests_in_flight",
    help: "Requests that hold a slot among those in flight, in all threads.",
  },
  requestsInFlightMax: {
    ...gauge,
    name: "edge_requests_in_flight_max",
    help: "As many may: `max_connections`.",
  },
  bytesInFlight: {
    ...gauge,
    unit: "bytes",
    name: "edge_inflight_bytes",
    help: "Bytes of request bodies that are held, as received and decoded, in all threads.",
  },
  bytesInFlightMax: {
    ...gauge,
    unit: "bytes",
    name: "edge_inflight_bytes_max",
    help: "As many may be: `max_inflight_bytes`.",
  },
  connections: {
    ...gauge,
    name: "edge_client_connections",
    help: "Connections of clients that are open, in all threads; their ceiling is that of files.",
  },
  openFiles: {
    ...gauge,
    name: "process_open_fds",
    help: "Files and sockets that are open; 0 where the system does not tell.",
  },
  openFilesMax: {
    ...gauge,
    name: "process_max_fds",
    help: "As many may be; 0 where the system does not tell.",
  },
  requestsRefused: {
    ...counter,
    name: "edge_requests_refused_total",
    help: "Requests that were refused by Edge itself, by the code that clients are told; those without room are told by limit as well. `bad_framing` is what is no request, or could be read as another.",
    labels: [{ name: "reason", values: REFUSAL_REASONS }],
  },
  clientTimeouts: {
    ...counter,
    name: "edge_client_timeouts_total",
    help: "Clients that took too long to send a head or a body or to take a response, whose connections were closed, and calls over gRPC whose own deadline passed.",
    labels: [{ name: "phase", values: TIMEOUT_PHASES }],
  },
  roomRefused: {
    ...counter,
    name: "edge_requests_without_room_total",
    help: "Requests refused with 503 after they had waited for room below that limit.",
    labels: [{ name: "limit", values: ROOM_LIMITS }],
  },
  connectionsLost: {
    ...counter,
    name: "edge_connections_lost_total",
    help: "Connections of HTTP/2 closed before anything of them was read, because the server behind the relay took none.",
  },
  uploadsCut: {
    ...counter,
    name: "edge_uploads_cut_total",
    help: "Requests ended with 503 because their bodies came too slowly while others waited for room.",
  },
} as const satisfies Record<string, MetricSpec>;

type Families = Readonly<Record<keyof typeof SATURATION_METRICS, MetricFamily>>;

/** What requests and connections hold at one moment, and how much they may. */
interface SaturationSample {
  readonly requests: number;
  readonly requestsMax: number;
  readonly bytes: number;
  readonly bytesMax: number;
  readonly connections: number;
}

/** Files of the process, sockets among them; 0: the system does not tell. */
interface FilesSample {
  readonly openFiles: number;
  readonly openFilesMax: number;
}

/** Counts whom the program refuses, and who takes too long. */
export function countRefusals(bus: EventBus, families: Families): readonly Unsubscribe[] {
  const { requestsRefused, clientTimeouts, roomRefused, connectionsLost, uploadsCut } = families;
  return [
    bus.on("request.refused", ({ reason }) => requestsRefused.add(requestsRefused.at(reason), 1)),
    bus.on("client.timed_out", ({ phase }) => clientTimeouts.add(clientTimeouts.at(phase), 1)),
    bus.on("room.refused", ({ limit }) => roomRefused.add(roomRefused.at(limit), 1)),
    bus.on("connection.lost", () => connectionsLost.add(0, 1)),
    bus.on("upload.cut", () => uploadsCut.add(0, 1)),
  ];
}

export function showSaturation(
  families: Families,
  sample: SaturationSample | undefined,
  files: FilesSample,
): void {
  const { openFiles, openFilesMax, connections } = families;
  const { requestsInFlight, requestsInFlightMax, bytesInFlight, bytesInFlightMax } = families;
  openFiles.set(0, files.openFiles);
  openFilesMax.set(0, files.openFilesMax);
  if (sample === undefined) return;
  requestsInFlight.set(0, sample.requests);
  requestsInFlightMax.set(0, sample.requestsMax);
  bytesInFlight.set(0, sample.bytes);
  bytesInFlightMax.set(0, sample.bytesMax);
  connections.set(0, sample.connections);
}
