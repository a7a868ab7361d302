// Reports what policies asked for and an evaluation left undone, because it would have taken too
// long.

import type { EventBus } from "../o11y/event-bus.ts";
import type { Telemetry } from "../o11y/events.ts";
import type { TooCostly } from "../policy/index.ts";

export const NONE_TOO_COSTLY: TooCostly = { records: 0, values: 0 };

export function emitTooCostly(
  bus: EventBus,
  telemetry: Telemetry,
  { records, values }: TooCostly,
): void {
  if (records > 0) {
    const detail = "records that take longer than record_time_max_ms";
    bus.emit("fail_open", { telemetry, reason: "too_costly", records, detail });
  }
  if (values > 0) bus.emit("redaction.closed", { telemetry, values });
}
