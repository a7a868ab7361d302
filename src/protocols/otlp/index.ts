// OTLP over HTTP, JSON and protobuf, all three signals. Must not read bodies: it only says how they
// are read.

import { otlpJsonFormat, otlpProtobufFormat } from "./format/index.ts";
import type { ModuleRegistration } from "../module.ts";
import { OtlpModule } from "./otlp-module.ts";

export { type OtlpFormats, OtlpModule } from "./otlp-module.ts";

/** For a distribution's list. */
export const otlp: ModuleRegistration = {
  name: "otlp",
  create: () => new OtlpModule({ json: otlpJsonFormat, protobuf: otlpProtobufFormat }),
};
