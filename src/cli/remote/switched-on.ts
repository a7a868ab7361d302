// Switches taps and payloads on while something runs, and back to what they were afterwards. If
// this program dies before that, the running one switches them back by itself.

import { TAP_SECONDS_MAX } from "../../core/limits.ts";
import type { AdminClient } from "./admin-client.ts";

/** Longer than what runs, for its end. */
const GRACE_S = 60;

export async function switchedOn<T>(
  client: AdminClient,
  seconds: number,
  run: () => Promise<T>,
): Promise<T> {
  const { taps, payloads } = await client.document("/_edge/switches");
  if (taps === true && payloads === true) return run();
  const most = Math.min(seconds, TAP_SECONDS_MAX) + GRACE_S;
  await client.document(`/_edge/switches?taps=on&payloads=on&seconds=${most}`, { method: "POST" });
  try {
    return await run();
  } finally {
    const back = `taps=${wordOf(taps)}&payloads=${wordOf(payloads)}`;
    // What failed is told; that the other program has gone as well need not be.
    await client.document(`/_edge/switches?${back}`, { method: "POST" }).catch(() => undefined);
  }
}

function wordOf(isOn: unknown): string {
  return isOn === true ? "on" : "off";
}
