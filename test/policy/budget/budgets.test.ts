// Budgets as policies of an engine: which records they ask for, what they spare, what is explained
// and counted of them, and what they give back.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import {
  AUTHORING,
  type Budget,
  budgetPolicies,
  Budgets,
  createEngine,
  decodePolicy,
  type Engine,
  type ExtensionHandlers,
  type FilterOutcome,
  inShadow,
  type OfferedRecords,
  type Policy,
  type Signal,
  writtenPolicy,
} from "../../../src/policy/index.ts";
import { otlpJsonFormat } from "../../../src/protocols/otlp/format/index.ts";
import { policyOf } from "../../support/engine.ts";
import { finish } from "../../support/steps.ts";
import { MIDNIGHT_MS, utcDay } from "./simulated-day.ts";

const SHOP = [{ resource_attribute: "service.name", equals: "shop" }];
const BUDGET: Budget = {
  name: "shop",
  match: SHOP,
  signals: [],
  bytesPerDay: 1_000_000,
  timeZone: "UTC",
  keepsErrors: true,
  keepsRare: true,
};

interface Setup {
  readonly engine: Engine;
  readonly budgets: Budgets;
  nowMs: number;
  random: number;
}

function setUp(
  all: readonly Budget[],
  policies: readonly Policy[] = [],
  extensions: ExtensionHandlers = new Map(),
): Setup {
  const own = { nowMs: MIDNIGHT_MS, random: 0 };
  const budgets = new Budgets(all, { nowMs: () => own.nowMs, dayAt: utcDay });
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => own.nowMs,
    random: () => own.random,
    budgetOf: (name) => budgets.of(name),
    extensions,
  });
  finish(engine.replace([...policies, ...all.flatMap(budgetPolicies)]));
  return Object.assign(own, { engine, budgets });
}

function logs(records: readonly object[], service = "shop"): Uint8Array {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const scopeLogs = [{ logRecords: records }];
  return encodeUtf8(JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs }] }));
}

function spans(records: readonly object[]): Uint8Array {
  const attributes = [{ key: "service.name", value: { stringValue: "shop" } }];
  const resourceSpans = [{ resource: { attributes }, scopeSpans: [{ spans: records }] }];
  return encodeUtf8(JSON.stringify({ resourceSpans }));
}

function judge({ engine }: Setup, body: Uint8Array, signal: Signal = "log"): FilterOutcome {
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) throw new Error(`nothing judges ${signal}s`);
  return otlpJsonFormat(signal).filter(body, evaluation);
}

const log = (body: string, more: object = {}): object => ({ body: { stringValue: body }, ...more });
/** More than any window of the budget has. */
const FLOOD = Array.from({ length: 2000 }, () => log("GET /health"));

function spentOf({ budgets }: Setup, name = "shop"): number {
  return new Map(budgets.statuses()).get(name)?.spent ?? -1;
}

describe("which records a budget asks for", () => {
  const CASES: readonly (readonly [string, Partial<Budget>, readonly Signal[]])[] = [
    ["all kinds that can have what it matches", {}, ["log", "metric", "trace"]],
    ["logs alone", { match: [{ log_field: "body", contains: "x" }] }, ["log"]],
    ["spans alone", { match: [{ trace_field: "name", equals: "x" }] }, ["trace"]],
    ["those that it names", { signals: ["metric", "log"] }, ["metric", "log"]],
  ];
  for (const [words, more, signals] of CASES) {
    test(words, () => {
      const made = budgetPolicies({ ...BUDGET, ...more });
      const found = made.map(({ id, errors }) => [id, errors]);
      expect(found).toEqual(signals.map((signal) => [`budget:shop:${signal}`, []]));
    });
  }

  test("what cannot be matched is an error of one policy that does nothing", () => {
    const [one, ...others] = budgetPolicies({
      ...BUDGET,
      match: [{ log_feld: "body", equals: 1 }],
    });
    expect(others).toEqual([]);
    expect(one?.errors).not.toEqual([]);
  });

  test("of another service nothing is cut and nothing spent", () => {
    const own = setUp([BUDGET]);
    expect(judge(own, logs(FLOOD, "shop2")).dropped).toBe(0);
    expect(spentOf(own)).toBe(0);
  });
});

describe("a budget that is exceeded", () => {
  test("cuts, is told as the reason, and counts it apart", () => {
    const own = setUp([BUDGET]);
    const body = logs(FLOOD);
    const { dropped, settlement, body: left } = judge(own, body);
    expect(dropped).toBeGreaterThan(1900);
    settlement?.close(body.length - (left?.length ?? body.length));
    const { budgeted = 0, sampled, limited, bytes } = settlement ?? {};
    expect([budgeted, sampled, limited]).toEqual([dropped, 0, 0]);
    expect(bytes?.budgetedBytes).toBe(body.length - (left?.length ?? 0));
    const [row] = own.engine.countedTotals();
    expect(row).toMatchObject({ id: "budget:shop:log", budgeted: dropped, dropped: 0 });
    expect(own.engine.evaluation("log")?.lastMatches?.()).toEqual(["budget:shop:log"]);
  });

  test("spends what it keeps, to the byte", () => {
    const own = setUp([BUDGET]);
    const { dropped } = judge(own, logs(FLOOD));
    const [one] = FLOOD;
    const recordBytes = JSON.stringify(one).length;
    expect(spentOf(own)).toBe((FLOOD.length - dropped) * recordBytes);
    const status = new Map(own.budgets.statuses()).get("shop");
    expect(status?.cut).toBe(dropped * recordBytes);
  });

  const ERRORS: readonly object[] = [
    { severityNumber: 17 },
    { severityNumber: 24 },
    { severityText: "ERROR" },
    { severityText: "error" },
    { severityText: "Fatal" },
    { severityText: "CRIT" },
    { severityText: "ERROR3" },
    { severityText: "emergency" },
  ];
  const OTHERS: readonly object[] = [
    {},
    { severityNumber: 16 },
    { severityNumber: 16, severityText: "ERROR" },
    { severityText: "WARN" },
    { severityText: "errors" },
    { severityText: "erro" },
    { severityText: "ERROR33" },
    { severityText: "" },
    { severityText: "an error of much text" },
  ];
  const exhausted = (more: Partial<Budget> = {}): Setup => {
    const own = setUp([{ ...BUDGET, bytesPerDay: 10, ...more }]);
    own.random = 0.999;
    judge(own, logs(FLOOD));
    return own;
  };
  for (const more of ERRORS) {
    test(`keeps the error ${JSON.stringify(more)}`, () => {
      expect(judge(exhausted(), logs([log("x", more)])).dropped).toBe(0);
    });
  }
  for (const more of OTHERS) {
    test(`cuts ${JSON.stringify(more)}, which is none`, () => {
      expect(judge(exhausted(), logs([log("x", more)])).dropped).toBe(1);
    });
  }

  test("cuts errors as all others when it is not to keep them", () => {
    const own = exhausted({ keepsErrors: false });
    expect(judge(own, logs([log("x", { severityNumber: 17 })])).dropped).toBe(1);
  });

  test("keeps spans with errors and cuts others", () => {
    const own = exhausted();
    const span = (code?: number): object => ({
      name: "GET",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      ...(code === undefined ? {} : { status: { code } }),
    });
    expect(judge(own, spans([span(2), span(), span(1), span(0)]), "trace").dropped).toBe(3);
  });

  test("keeps all of a pattern that is rare beside one that floods it", () => {
    const own = setUp([{ ...BUDGET, bytesPerDay: 100_000_000 }]);
    const rare = log("payment of 12.50 EUR by card 4711 was refused");
    // What patterns want is known from the window before.
    judge(own, logs([...FLOOD, rare]));
    own.nowMs += 10_000;
    own.random = 0.99;
    const other = log("payment of 99.00 EUR by card 1234 was refused");
    const { body } = judge(own, logs([...FLOOD, other]));
    const text = new TextDecoder().decode(body);
    expect(text).toContain("99.00");
    expect(text).not.toContain("health");
  });

  test("with keep of errors alone knows no patterns", () => {
    const own = setUp([{ ...BUDGET, bytesPerDay: 100_000_000, keepsRare: false }]);
    judge(own, logs([...FLOOD, log("payment refused")]));
    own.nowMs += 10_000;
    own.random = 0.99;
    expect(judge(own, logs([log("payment refused")])).dropped).toBe(1);
  });

  test("keeps or cuts all spans of a trace", () => {
    const own = setUp([{ ...BUDGET, bytesPerDay: 400_000_000 }]);
    const traces = Array.from({ length: 200 }, (_, i) => {
      const traceId = `${i.toString(16).padStart(16, "0")}${(i * 977).toString(16).padStart(16, "0")}`;
      return Array.from({ length: 5 }, (__, n) => ({ name: `span ${n}`, traceId }));
    });
    judge(own, spans(traces.flat()), "trace");
    own.nowMs += 10_000;
    // Its spans come one after the other, each in a request of its own.
    const fates = traces.map((trace) =>
      trace.map((span) => judge(own, spans([span]), "trace").dropped),
    );
    const torn = fates.filter((fate) => new Set(fate).size > 1);
    const cut = fates.filter((fate) => fate[0] === 1);
    expect(torn).toEqual([]);
    expect(cut.length).toBeGreaterThan(50);
    expect(cut.length).toBeLessThan(180);
  });
});

test("a budget is written as a policy that keeps what matches", () => {
  const made = budgetPolicies(BUDGET).map(writtenPolicy);
  const keeps = { log: "all", metric: true, trace: { percentage: 100 } } as const;
  for (const [i, signal] of (["log", "metric", "trace"] as const).entries()) {
    expect(made[i]).toMatchObject({
      id: `budget:shop:${signal}`,
      [signal]: { keep: keeps[signal] },
    });
    expect(decodePolicy(made[i], AUTHORING).errors).toEqual([]);
  }
});

describe("beside policies", () => {
  test("what a policy drops costs nothing", () => {
    const own = setUp([BUDGET], [policyOf("drop", [BODY_EXISTS])]);
    expect(judge(own, logs([log("x")])).dropped).toBe(1);
    expect(spentOf(own)).toBe(0);
  });

  test("a span that a policy of OpenTelemetry's dialect drops costs nothing", () => {
    const otel = policyOf("drop", [NAME_EXISTS], { kind: "otel_drop" }, { signal: "trace" });
    const own = setUp([BUDGET], [otel]);
    expect(judge(own, spans([{ name: "GET" }]), "trace").dropped).toBe(1);
    expect(spentOf(own)).toBe(0);
  });

  test("an extension for what is dropped is given what a budget cuts, and no other", () => {
    const offered: string[] = [];
    const type = "test/copies";
    const offer = (records: OfferedRecords): void => {
      for (const { bytes, kept } of records.records()) {
        offered.push(`${kept} ${new TextDecoder().decode(bytes)}`);
      }
    };
    const use = { type, version: "", config: new Uint8Array(), mode: "dropped" } as const;
    const copying = { ...policyOf("copy", [BODY_EXISTS], { kind: "all" }), extensions: [use] };
    const handlers = new Map([[type, { type, offer }]]);
    const own = setUp([{ ...BUDGET, bytesPerDay: 10 }], [copying], handlers);
    judge(own, logs([log("cut"), log("kept", { severityNumber: 17 })]));
    expect(offered).toEqual([`false ${JSON.stringify(log("cut"))}`]);
  });

  test("a rate limit keeps its place when a budget has none", () => {
    const rate = { kind: "rate", count: 1, windowMs: 1000 } as const;
    const limited = policyOf("limit", [BODY_EXISTS], rate);
    const own = setUp([{ ...BUDGET, bytesPerDay: 10 }], [limited]);
    judge(own, logs([log("a record of more than ten bytes")]));
    expect(judge(own, logs([log("x")], "other")).dropped).toBe(0);
  });

  test("of two budgets each has to have room, and what one cuts the other does not spend", () => {
    const wide = { ...BUDGET, name: "all", bytesPerDay: 100_000_000 };
    const own = setUp([wide, { ...BUDGET, bytesPerDay: 10 }]);
    expect(judge(own, logs([log("x")])).dropped).toBe(1);
    expect([spentOf(own, "all"), spentOf(own)]).toEqual([0, 0]);
  });

  test("a budget in shadow spends and cuts nothing", () => {
    const own = setUp([{ ...BUDGET, bytesPerDay: 10 }]);
    finish(own.engine.replace(budgetPolicies(BUDGET).map(inShadow)));
    expect(judge(own, logs(FLOOD)).dropped).toBe(0);
    expect(spentOf(own)).toBe(0);
  });

  test("an engine without budgets keeps what policies of budgets match", () => {
    const engine = createEngine({
      validateRegex: () => undefined,
      nowMs: () => 0,
      random: () => 0,
    });
    finish(engine.replace(budgetPolicies({ ...BUDGET, bytesPerDay: 1 })));
    const evaluation = engine.evaluation("log");
    if (evaluation === undefined) throw new Error("nothing judges");
    expect(otlpJsonFormat("log").filter(logs(FLOOD), evaluation).dropped).toBe(0);
  });
});

const BODY_EXISTS = {
  field: { kind: "field", field: "body" },
  condition: { op: "exists" },
  negate: false,
  caseInsensitive: false,
} as const;

const NAME_EXISTS = { ...BODY_EXISTS, field: { kind: "field", field: "name" } } as const;

describe("a request that was for nothing", () => {
  test("gives back what it spent when the upstream did not take it", () => {
    const own = setUp([BUDGET]);
    const { settlement } = judge(own, logs(FLOOD));
    expect(spentOf(own)).toBeGreaterThan(0);
    settlement?.giveBack();
    settlement?.giveBack();
    const status = new Map(own.budgets.statuses()).get("shop");
    expect([status?.spent, status?.exempt, status?.cut]).toEqual([0, 0, 0]);
  });

  test("gives back errors as well", () => {
    const own = setUp([BUDGET]);
    judge(own, logs([log("x", { severityNumber: 17 })])).settlement?.giveBack();
    const status = new Map(own.budgets.statuses()).get("shop");
    expect([status?.spent, status?.exempt]).toEqual([0, 0]);
  });

  test("spends nothing when its body turns out to be unreadable", () => {
    const own = setUp([BUDGET]);
    const broken = logs([log("x")]).slice(0, -2);
    expect(() => judge(own, broken)).toThrow();
    expect(spentOf(own)).toBe(0);
  });

  test("spends nothing when it is only explained", () => {
    const own = setUp([{ ...BUDGET, bytesPerDay: 10 }]);
    const explaining = own.engine.explaining("log");
    if (explaining === undefined) throw new Error("nothing explains");
    otlpJsonFormat("log").filter(logs([log("x")]), explaining);
    expect(explaining.explanations[0]?.winner).toEqual({
      id: "budget:shop:log",
      why: 'budget "shop" has no room for it now',
    });
    const status = new Map(own.budgets.statuses()).get("shop");
    expect([status?.spent, status?.cut]).toEqual([0, 0]);
  });
});

test("a set that is replaced goes on with what was spent", () => {
  const own = setUp([BUDGET]);
  judge(own, logs(FLOOD));
  const spent = spentOf(own);
  finish(
    own.engine.replace([
      policyOf("new", [BODY_EXISTS], { kind: "all" }),
      ...budgetPolicies(BUDGET),
    ]),
  );
  judge(own, logs([log("x", { severityNumber: 17 })]));
  expect(spentOf(own)).toBeGreaterThan(spent);
});
