// Reads a response of a control plane without pauses between its steps.

import { readSyncResponseSteps, type SyncReply } from "../../../src/policy/wire/index.ts";

export function readSyncResponse(...read: Parameters<typeof readSyncResponseSteps>): SyncReply {
  const steps = readSyncResponseSteps(...read);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
