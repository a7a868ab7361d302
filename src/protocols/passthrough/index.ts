// Forwards whatever no other protocol knows. Must not read or change anything.

import type { ModuleRegistration } from "../protocol.ts";
import { PassthroughModule } from "./passthrough-module.ts";

export { PassthroughModule } from "./passthrough-module.ts";

/** Forwarding of everything else, for a distribution's list of protocols; it comes last. */
export const passthrough: ModuleRegistration = {
  name: "passthrough",
  create: () => new PassthroughModule(),
};
