// Takes values and keeps none: for who does not ask what arrays hold. Pure.

import type { ValuePuts } from "./record-port.ts";

export const NO_PUTS: ValuePuts = {
  putString: () => {},
  putBytes: () => {},
  putInt: () => {},
  putDouble: () => {},
  putBool: () => {},
  putComposite: () => {},
};
