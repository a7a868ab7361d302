// The JSON Schema of the proxy's configuration, for editors.

import { z } from "zod";
import { configSchema } from "./schema.ts";

/** Draft 2020-12. null is accepted for every key by the program, but editors need not offer it. */
export function configFileSchema(): object {
  return { ...z.toJSONSchema(configSchema, { io: "input" }), title: "Edge configuration" };
}
