// Closes pages that tell what records hold while payloads are not shown.

import { problem } from "../../server/local-errors.ts";
import { howToSwitch } from "../admin-switches.ts";
import type { Switches } from "../switches.ts";

/** While payloads are not shown, what is in the stream is not, either. */
export function closedPage(switches: Switches): Response | undefined {
  if (switches.state.payloads) return undefined;
  const cure = howToSwitch(switches, "admin.show_payloads");
  return problem(403, "payloads_hidden", `an analysis tells what records hold; ${cure}`);
}
