// What holds for every protocol of every distribution: a plan is a pure and total function of a
// head, and whatever a protocol does is named in what it brings.

import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import * as fc from "fast-check";
import { AdminModule } from "../../src/admin/index.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import type {
  ModuleRegistration,
  Plan,
  ProxyModule,
  RequestHead,
} from "../../src/protocols/index.ts";

const PROTOCOLS = [...new Set(Object.values(DISTRIBUTIONS).flatMap(({ modules }) => modules))];
const SCRAPE_TARGETS = ["/metrics/app", "/node/"];

const create = ({ create: make }: ModuleRegistration): ProxyModule =>
  make({ scrapeTargets: SCRAPE_TARGETS });
const admin = (): ProxyModule =>
  new AdminModule({
    pages: [{ path: "/_edge/metrics", methods: ["GET"] }],
    adminToken: "token",
    hosts: [],
    servesPages: true,
  });
const MODULES: readonly (readonly [string, () => ProxyModule])[] = [
  ...PROTOCOLS.map((one) => [one.name, () => create(one)] as const),
  ["admin", admin],
];

/** Paths and headers that mean something to some protocol, and others. */
const paths = [...new Set(MODULES.flatMap(([, make]) => make().routes))].flatMap(({ match }) =>
  match.kind === "any" ? [] : [match.path, `${match.path}/x`, `/base${match.path}`],
);
const headArbitrary = fc.record({
  method: fc.oneof(fc.constantFrom("GET", "HEAD", "POST", "PUT"), fc.string()),
  path: fc.oneof(fc.constantFrom("", "/", ...paths), fc.string({ unit: "binary" })),
  query: fc.oneof(fc.constantFrom("", "?", "?ddtags=a:b&ddsource=x", "?%"), fc.string()),
  headers: fc.dictionary(
    fc.constantFrom("content-type", "content-encoding", "authorization", "origin", "host"),
    fc.oneof(
      fc.constantFrom(
        "application/json",
        "application/x-protobuf; a=b",
        "APPLICATION/JSON",
        "gzip",
        "gzip, gzip",
        "zstd1",
        "snappy",
        "Bearer token",
      ),
      fc.string({ unit: "binary" }),
    ),
  ),
});

/** A head that may be read and nothing else, by what its contract names and nothing else. */
function frozen(head: Omit<RequestHead, "headers"> & { headers: Record<string, string> }) {
  const { headers, ...rest } = head;
  const values = new Map(Object.entries(headers));
  const get = (name: string): string | null => values.get(name.toLowerCase()) ?? null;
  return Object.freeze({ ...rest, headers: Object.freeze({ get }) });
}

describe("a plan comes of the head and the route, and of nothing else", () => {
  const forbidden = [
    [globalThis, "fetch"],
    [globalThis, "setTimeout"],
    [globalThis, "queueMicrotask"],
    [Date, "now"],
    [Math, "random"],
    [performance, "now"],
  ] as const;
  let spies: { mockRestore(): void; mock: { calls: unknown[] } }[] = [];
  beforeEach(() => {
    spies = forbidden.map(([owner, name]) => spyOn(owner as never, name as never));
  });
  afterEach(() => {
    for (const spy of spies) spy.mockRestore();
  });

  test.each(MODULES)("%s: the same head twice, of two modules alike", (_, make) => {
    const [one, other] = [make(), make()];
    const before = Object.freeze(one.routes.map((route) => JSON.stringify(route)));
    fc.assert(
      fc.property(headArbitrary, (drawn) => {
        const head = frozen(drawn);
        for (const [i, route] of one.routes.entries()) {
          const calls = spies.map(({ mock }) => mock.calls.length);
          const plan = one.plan(head, route);
          const again = one.plan(head, route);
          const elsewhere = other.plan(head, other.routes[i]!);
          if (spies.some(({ mock }, n) => mock.calls.length !== calls[n])) throw new Error("asked");
          expect(shapeOf(again)).toEqual(shapeOf(plan));
          expect(shapeOf(elsewhere)).toEqual(shapeOf(plan));
        }
      }),
      { numRuns: 150 },
    );
    expect(one.routes.map((route) => JSON.stringify(route))).toEqual([...before]);
  });
});

/** A plan with what tells formats apart that may be made for one request. */
function shapeOf(plan: Plan): unknown {
  if (plan.kind !== "filter") return plan;
  return { ...plan, format: [plan.format.constructor.name, Object.keys(plan.format)] };
}

describe("what a protocol does is in what it brings", () => {
  test.each(PROTOCOLS)("$name", (protocol) => {
    const { telemetry = [], knownPaths = [], samples, stages = [] } = protocol;
    const module = create(protocol);
    expect(module.name).toBe(protocol.name);
    const kinds = new Set(module.routes.map(({ routeKind }) => routeKind));
    kinds.delete("passthrough");
    expect([...kinds].toSorted()).toEqual([...telemetry].toSorted());
    const named = new Set(module.routes.map(({ knownPath }) => knownPath));
    named.delete("other");
    expect([...named].toSorted()).toEqual([...knownPaths].toSorted());
    // Whoever carries telemetry can do something with it.
    expect(stages.length > 0).toBe(telemetry.length > 0);
    for (const [signal, path] of Object.entries(samples?.paths ?? {})) {
      const head = frozen({
        method: "POST",
        path,
        query: "",
        headers: { "content-type": "application/json" },
      });
      const route = module.routes.find(({ match }) => match.kind !== "any" && match.path === path);
      const plan = route && module.plan(head, route);
      expect(plan).toMatchObject({ kind: "filter", signal, telemetry: route?.routeKind });
    }
  });

  test("no two bring the same name", () => {
    for (const bring of [
      ({ telemetry = [] }) => telemetry,
      ({ knownPaths = [] }) => knownPaths,
      ({ encodings = {} }) => Object.keys(encodings),
      ({ metrics = [] }) => metrics.map(({ spec }) => spec.name),
    ] satisfies ((protocol: ModuleRegistration) => readonly string[])[]) {
      const names = PROTOCOLS.flatMap((protocol) => bring(protocol));
      expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
    }
  });
});
