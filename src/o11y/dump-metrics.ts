// Rows of the metric table about records kept by the extension com.usetero/s3-dump.

import { EXTENSION_LOSS_REASONS } from "./labels.ts";

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
