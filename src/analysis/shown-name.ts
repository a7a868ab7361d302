// Names of services, metrics and labels in the form in which they are shown: whatever does not look
// like a name is masked.

import { OTHERS } from "./names.ts";

const NAME = /^[\p{L}\p{N}_.\-/: ()]{1,120}$/u;

/** Whether it is shown as it is. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

export function shownName(name: string): string {
  return name === "" || isName(name) ? name : "<*>";
}

/** Whether it can be asked for by a policy, or that there is none; what stands for many cannot. */
export function isMatchable(name: string): boolean {
  return name === "" || (name !== OTHERS && isName(name));
}
