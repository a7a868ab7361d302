// Datadog's HTTP intake: logs and series as agents, forwarders and client libraries send them. Must
// not read bodies: it only says how they are read, and to which upstream everything else of Datadog
// goes.

import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "./format/index.ts";
import type { ModuleRegistration } from "../module.ts";
import { DatadogModule } from "./datadog-module.ts";

export { type DatadogFormats, DatadogModule } from "./datadog-module.ts";

/** For a distribution's list. */
export const datadog: ModuleRegistration = {
  name: "datadog",
  create: () =>
    new DatadogModule({
      logs: datadogLogsFormat(),
      seriesV1: datadogSeriesJsonFormat("v1"),
      seriesV2: datadogSeriesJsonFormat("v2"),
      seriesProtobuf: datadogSeriesProtobufFormat(),
    }),
};
