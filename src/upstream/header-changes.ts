// The changes that `upstream_headers` makes to the headers of requests, compiled from rules and
// their values: for each name, what happens to a header that the client sent, and what is added if
// the client sent none.

import type { UpstreamHeaderValues, UpstreamHeaderRule, UpstreamKind } from "../config/index.ts";

/** What happens to one header. */
export interface HeaderChange {
  readonly name: string;
  /** Whether the client's own value is sent on. */
  readonly keepsOwn: boolean;
  /** Appended to the client's own value. */
  readonly suffix: string;
  /** Sent if the client sent no value, or its value is not sent on; undefined: nothing. */
  readonly otherwise: string | undefined;
}

/** The changes to one upstream's requests. */
export class HeaderChanges {
  #byName: ReadonlyMap<string, HeaderChange>;

  constructor(rules: readonly UpstreamHeaderRule[], values: UpstreamHeaderValues) {
    this.#byName = compile(rules, values);
  }

  get all(): Iterable<HeaderChange> {
    return this.#byName.values();
  }

  of(name: string): HeaderChange | undefined {
    return this.#byName.get(name);
  }

  /** Uses these rules and values from the next request on. */
  use(rules: readonly UpstreamHeaderRule[], values: UpstreamHeaderValues): void {
    this.#byName = compile(rules, values);
  }
}

/** The changes for all upstreams, in one thread. */
export class UpstreamHeaders {
  readonly #rules: readonly UpstreamHeaderRule[];
  /** By the numbers of their rules: upstreams with the same rules share one object. */
  readonly #changes = new Map<string, HeaderChanges>();
  #values: UpstreamHeaderValues;

  constructor(rules: readonly UpstreamHeaderRule[], values: UpstreamHeaderValues) {
    this.#rules = rules;
    this.#values = values;
  }

  /** The values that are in use. */
  get values(): UpstreamHeaderValues {
    return this.#values;
  }

  /** Undefined: there are no changes. */
  of(kind: UpstreamKind): HeaderChanges | undefined {
    const key = this.keyOf(kind);
    if (key === "") return undefined;
    const known = this.#changes.get(key);
    if (known !== undefined) return known;
    const made = new HeaderChanges(...this.#select(key));
    this.#changes.set(key, made);
    return made;
  }

  /** Equal for kinds whose requests are changed in the same way. */
  keyOf(kind: UpstreamKind): string {
    const numbers = [...this.#rules.keys()];
    return numbers.filter((index) => this.#rules[index]?.upstreams.includes(kind)).join();
  }

  /** Uses different values from the next request on. */
  use(values: UpstreamHeaderValues): void {
    this.#values = values;
    for (const [key, changes] of this.#changes) changes.use(...this.#select(key));
  }

  #select(key: string): [UpstreamHeaderRule[], UpstreamHeaderValues] {
    const numbers = key.split(",").map(Number);
    const rules = numbers.flatMap((index) => this.#rules[index] ?? []);
    return [rules, numbers.map((index) => this.#values[index])];
  }
}

/** One header while the rules are applied to it. */
interface Draft {
  keepsOwn: boolean;
  fallback: string | undefined;
  readonly more: string[];
}

function compile(
  rules: readonly UpstreamHeaderRule[],
  values: UpstreamHeaderValues,
): ReadonlyMap<string, HeaderChange> {
  const drafts = new Map<string, Draft>();
  for (const [index, { name, action }] of rules.entries()) {
    const draft = drafts.get(name) ?? { keepsOwn: true, fallback: undefined, more: [] };
    drafts.set(name, draft);
    apply(draft, action, values[index]);
  }
  return new Map([...drafts].map(([name, draft]) => [name, changeOf(name, draft)]));
}

function apply(
  draft: Draft,
  action: UpstreamHeaderRule["action"],
  value: string | undefined,
): void {
  if (action === "set" || action === "remove") {
    draft.keepsOwn = false;
    draft.fallback = undefined;
    draft.more.length = 0;
  }
  if (value === undefined || action === "remove") return;
  if (action !== "default") draft.more.push(value);
  // There is a value already, whatever the client sends.
  else if (draft.more.length === 0) draft.fallback ??= value;
}

function changeOf(name: string, { keepsOwn, fallback, more }: Draft): HeaderChange {
  const otherwise = fallback === undefined ? more : [fallback, ...more];
  return {
    name,
    keepsOwn,
    suffix: more.map((value) => `, ${value}`).join(""),
    otherwise: otherwise.length === 0 ? undefined : otherwise.join(", "),
  };
}
