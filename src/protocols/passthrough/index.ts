// Forwards whatever no other protocol knows. Must not read or change anything.

import type { ModuleRegistration } from "../protocol.ts";
import { PassthroughModule } from "./passthrough-module.ts";

export { PassthroughModule } from "./passthrough-module.ts";

/** For a distribution's list; the last line of it. */
export const passthrough: ModuleRegistration = {
  name: "passthrough",
  create: () => new PassthroughModule(),
};
