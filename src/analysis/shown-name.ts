// Names of services, metrics and labels as they are shown: what looks like no name is masked.

const NAME = /^[\p{L}\p{N}_.\-/: ()]{1,120}$/u;

/** Whether it is shown as it is, and may stand in a policy. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

export function shownName(name: string): string {
  return name === "" || isName(name) ? name : "<*>";
}
