// Rows of the metric table about telemetry that is kept: records by the extension
// com.usetero/s3-dump, and requests that failed.

import type { EventBus, Unsubscribe } from "./event-bus.ts";
import { EXTENSION_LOSS_REASONS, FAILURE_LOSS_REASONS } from "./labels.ts";
import type { MetricFamily } from "./metric-family.ts";

export const DUMP_METRICS = {
  dumpFlushes: {
    name: "edge_s3_dump_flushes_total",
    type: "counter",
    unit: "none",
    help: "Times that objects which had waited long enough, or at the end all, were sealed.",
  },
  dumpObjects: {
    name: "edge_s3_dump_objects_uploaded_total",
    type: "counter",
    unit: "none",
    help: "Objects that have arrived at their target.",
  },
  dumpFailures: {
    name: "edge_s3_dump_objects_failed_total",
    type: "counter",
    unit: "none",
    help: "Failed attempts to send an object; it is sent again.",
  },
  dumpRecords: {
    name: "edge_s3_dump_records_uploaded_total",
    type: "counter",
    unit: "none",
    help: "Records in objects that have arrived.",
  },
  dumpBytes: {
    name: "edge_s3_dump_bytes_uploaded_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of objects that have arrived, as they were sent.",
  },
  dumpSpooled: {
    name: "edge_s3_dump_records_spooled_total",
    type: "counter",
    unit: "none",
    help: "Records that were written to the spool, which survive the end of the process.",
  },
  dumpLost: {
    name: "edge_s3_dump_records_dropped_total",
    type: "counter",
    unit: "none",
    help: "Records that were to be kept and are not. channel_full, backlog_full and spool_full: no room on the way from a worker, in memory, on disk; record_too_large: larger than an object may be; shutdown: not sent in time at the end.",
    labels: [{ name: "reason", values: EXTENSION_LOSS_REASONS }],
  },
  dumpBacklog: {
    name: "edge_s3_dump_backlog_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Bytes of records in memory that have not arrived.",
  },
  dumpSpool: {
    name: "edge_s3_dump_spool_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Bytes of records in the spool that have not arrived.",
  },
} as const;

export const FAILURE_METRICS = {
  failureDumps: {
    name: "edge_failure_capture_dumps_total",
    type: "counter",
    unit: "none",
    help: "Failed requests that were written to `failure_capture.dir`.",
  },
  failureBytes: {
    name: "edge_failure_capture_bytes_total",
    type: "counter",
    unit: "bytes",
    help: "Bytes of these files.",
  },
  failuresDropped: {
    name: "edge_failure_capture_dropped_total",
    type: "counter",
    unit: "none",
    help: "Failed requests that were not written. folder_full: there are max_dumps files; queue_full: too much waits for the disk; body_too_large: above the bound of one dump; body_streamed: the body passed piece by piece, and nothing of it was kept; no_space, not_permitted, write_failed: what the file system said.",
    labels: [{ name: "reason", values: FAILURE_LOSS_REASONS }],
  },
} as const;

type Families = Readonly<Record<keyof typeof FAILURE_METRICS, MetricFamily>>;

export function countFailures(bus: EventBus, families: Families): readonly Unsubscribe[] {
  const { failureDumps, failureBytes, failuresDropped } = families;
  return [
    bus.on("failure_capture.written", ({ bytes }) => {
      failureDumps.add(0, 1);
      failureBytes.add(0, bytes);
    }),
    bus.on("failure_capture.dropped", ({ reason }) => {
      failuresDropped.add(failuresDropped.at(reason), 1);
    }),
  ];
}
