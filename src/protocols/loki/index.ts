// Loki's push API: logs in JSON, and in protobuf below snappy, as Promtail, Alloy and client
// libraries send them. Must not read bodies: it only says how they are read.

import { lokiJsonFormat, lokiProtobufFormat } from "./format/index.ts";
import { snappy } from "../snappy/index.ts";
import { postedTo } from "../content.ts";
import { loneRecords } from "../lone-records.ts";
import type { ModuleRegistration } from "../protocol.ts";
import { lokiRecords } from "./backend.ts";
import { ACCEPTED, LokiModule, PUSH_PATH } from "./loki-module.ts";
import { isPush } from "./recognition.ts";

export { type LokiFormats, LokiModule } from "./loki-module.ts";

const singleRecords = () => import("./single-record.ts");

/** Documents of either are pushes in JSON. */
const alone = () => Promise.resolve(loneRecords(lokiJsonFormat()));

/** Loki, for a distribution's list of protocols. */
export const loki: ModuleRegistration = {
  name: "loki",
  telemetry: ["loki_logs"],
  knownPaths: ["loki_push"],
  stages: ["log_filter", "log_transform"],
  encodings: {
    loki_json: {
      payload: "json",
      document: async () => (await singleRecords()).jsonDocument,
      alone,
    },
    loki_protobuf: {
      payload: "binary",
      document: async () => (await singleRecords()).protobufDocument,
      alone,
    },
  },
  samples: { paths: { log: PUSH_PATH }, recognises: isPush },
  signalPaths: postedTo(PUSH_PATH),
  backend: { accepted: { [PUSH_PATH]: ACCEPTED }, records: lokiRecords },
  create: () => new LokiModule({ json: lokiJsonFormat(), protobuf: lokiProtobufFormat(), snappy }),
};
