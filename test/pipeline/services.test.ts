// What comes and leaves by service: in every format a record is the service's that its resource
// names, and counting it has no part in what becomes of it.

import { describe, expect, test } from "bun:test";
import { fromJsonString, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { SERVICES_MAX } from "../../src/core/limits.ts";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { judgeWhole } from "../../src/pipeline/body-judging.ts";
import { Delivery } from "../../src/pipeline/delivery.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Engine,
  Flow,
  type RecordFormat,
  ServiceLedger,
  ServiceLedgers,
  type Signal,
} from "../../src/policy/index.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { REQUEST_SCHEMAS } from "../protocols/otlp/format/decoded-request.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { finish } from "../support/steps.ts";
import { CASES, POLICIES } from "./random-bodies.ts";

function engineOf(policies: readonly object[], services?: ServiceLedger): Engine {
  const engine = createEngine({
    services,
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0.4,
  });
  const set = policies.map((part, i) => ({ id: `p${i}`, name: "p", ...part }));
  finish(engine.replace(decodePolicySet({ policies: set }, AUTHORING).policies));
  return engine;
}

type Rows = Record<string, { records: number; dropped: number; in: number; out: number }>;

/** By service what was counted; under "-" what names none, under "+" others. */
function rowsOf(ledgers: ServiceLedgers): Rows {
  const rows: Rows = {};
  ledgers.drain((_, service, counts) => {
    const name = service.kind === "named" ? service.name : service.kind === "none" ? "-" : "+";
    const of = (at: number): number => counts[at] as number;
    rows[name] = {
      records: of(Flow.records),
      dropped: of(Flow.dropped),
      in: of(Flow.bytesIn),
      out: of(Flow.bytesOut),
    };
  });
  return rows;
}

function judged(
  signal: Signal,
  format: RecordFormat,
  body: Uint8Array,
  policies: readonly object[],
) {
  const ledgers = new ServiceLedgers();
  const engine = engineOf(policies, new ServiceLedger(ledgers.open()));
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) throw new Error("no policy looks at it");
  const bus = new RecordingBus();
  const delivery = new Delivery(bus, "otlp_logs");
  const judging = { bus, telemetry: "otlp_logs", format, evaluation, delivery, span: undefined };
  const outcome = judgeWhole({ ...judging, bytes: body } as const);
  return { outcome, rows: rowsOf(ledgers) };
}

const DROP_X = [{ log: { match: [{ log_field: "body", exact: "x" }], keep: "none" } }];
const DROP_METRIC_X = [{ metric: { match: [{ metric_field: "name", exact: "x" }], keep: false } }];

const serviceName = (value: unknown): object => ({ key: "service.name", value });
const resourceLogs = (attributes: unknown, ...bodies: readonly string[]): object => ({
  resource: { attributes },
  scopeLogs: [{ logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }],
});
const named = (name: string, ...bodies: readonly string[]): object =>
  resourceLogs([{ key: "host", value: {} }, serviceName({ stringValue: name })], ...bodies);
const request = (...resources: readonly object[]): string =>
  JSON.stringify({ resourceLogs: resources });
const protobufOf = (json: string): Uint8Array =>
  toBinary(REQUEST_SCHEMAS.log, fromJsonString(REQUEST_SCHEMAS.log, json));

describe("in OTLP", () => {
  const formats = [
    ["JSON", otlpJsonFormat("log"), encodeUtf8],
    ["protobuf", otlpProtobufFormat("log"), protobufOf],
  ] as const;

  describe.each(formats)("%s", (_, format, write) => {
    test("a body of one service is its own, to the byte", () => {
      const body = write(request(named("shop", "x", "y"), named("shop", "y")));
      const { outcome, rows } = judged("log", format, body, DROP_X);
      const out = outcome?.body?.length ?? 0;
      expect(out).toBeLessThan(body.length);
      expect(rows).toEqual({ shop: { records: 3, dropped: 1, in: body.length, out } });
    });

    test("a service has the bytes from its resource to the next, and none when all is dropped", () => {
      const [shop, cart, other] = [
        named("shop", "x", "x"),
        named("cart", "y"),
        resourceLogs([], "y"),
      ];
      const body = write(request(shop, cart, other));
      const { outcome, rows } = judged("log", format, body, DROP_X);
      const sizes = [request(shop), request(cart), request(other)].map((one) => write(one).length);
      expect(Object.keys(rows)).toEqual(["-", "shop", "cart"]);
      const { shop: first, cart: second, "-": third } = rows;
      expect(first).toMatchObject({ records: 2, dropped: 2 });
      expect(second).toMatchObject({ records: 1, dropped: 0, in: second?.out });
      expect(third).toMatchObject({ records: 1, dropped: 0, in: third?.out });
      // But for what stands around all resources.
      for (const [i, row] of [first, second, third].entries()) {
        expect(Math.abs((row?.in ?? 0) - (sizes[i] ?? 0))).toBeLessThan(25);
      }
      expect((first?.in ?? 0) + (second?.in ?? 0) + (third?.in ?? 0)).toBe(body.length);
      const out = (first?.out ?? 0) + (second?.out ?? 0) + (third?.out ?? 0);
      expect(out).toBe(outcome?.body?.length ?? 0);
      expect(first?.out).toBeLessThan(25);
    });

    test("what names none, or says it by no text, is of none", () => {
      const odd = [[], [serviceName({ intValue: "5" })], [serviceName({ stringValue: "" })]];
      const body = write(request(...odd.map((attributes) => resourceLogs(attributes, "y"))));
      const { rows } = judged("log", format, body, DROP_X);
      expect(rows).toEqual({
        "-": { records: 3, dropped: 0, in: body.length, out: body.length },
      });
    });

    test("services beyond the bound, and of long names, are others", () => {
      const names = Array.from({ length: SERVICES_MAX + 3 }, (_, i) => `s${i}`);
      const all = [named("l".repeat(257), "y"), ...names.map((name) => named(name, "y"))];
      const body = write(request(...all, named("s1", "y")));
      const { rows } = judged("log", format, body, DROP_X);
      expect(Object.keys(rows).length).toBe(SERVICES_MAX + 1);
      expect(rows["+"]?.records).toBe(4);
      expect(rows["s1"]?.records).toBe(2);
      expect(rows[`s${SERVICES_MAX}`]).toBeUndefined();
      const sum = Object.values(rows).reduce((bytes, row) => bytes + row.in, 0);
      expect(sum).toBe(body.length);
    });
  });

  test("resources behind their records are found as well", () => {
    const { resource, scopeLogs } = named("shop", "x", "y") as Record<string, unknown>;
    const body = encodeUtf8(JSON.stringify({ resourceLogs: [{ scopeLogs, resource }] }));
    const { rows } = judged("log", otlpJsonFormat("log"), body, DROP_X);
    expect(Object.keys(rows)).toEqual(["shop"]);
  });

  test("the name is the one that came, whatever transforms make of it", () => {
    const transform = { redact: [{ resource_attribute: "service.name", replacement: "other" }] };
    const edit = [{ log: { match: [{ log_field: "body", regex: "." }], keep: "all", transform } }];
    const body = encodeUtf8(request(named("shop", "y"), named("cart", "y")));
    const { outcome, rows } = judged("log", otlpJsonFormat("log"), body, edit);
    expect(Object.keys(rows)).toEqual(["shop", "cart"]);
    expect((rows["shop"]?.out ?? 0) + (rows["cart"]?.out ?? 0)).toBe(outcome?.body?.length ?? 0);
    expect((rows["shop"]?.out ?? 0) - (rows["shop"]?.in ?? 0)).toBe(1);
  });
});

describe("in other formats", () => {
  test("Datadog's logs name it by a member, a tag, or their own text", () => {
    const records = [
      { service: "shop", message: "x" },
      { ddtags: "env:a,service:cart", message: "y" },
      { message: '{"service":"desk","a":1}' },
      { message: "y" },
      { service: "shop", message: "y" },
    ];
    const body = encodeUtf8(JSON.stringify(records));
    const { rows } = judged("log", datadogLogsFormat(), body, DROP_X);
    expect(rows).toMatchObject({
      shop: { records: 2, dropped: 1 },
      cart: { records: 1, dropped: 0 },
      desk: { records: 1, dropped: 0 },
      "-": { records: 1, dropped: 0 },
    });
  });

  describe("the service of a Datadog log is the one that policies see", () => {
    // A policy that asks for it has the log looked through, which counting alone can often spare.
    const ASKING = { match: [{ resource_attribute: "service.name", exact: "?" }], keep: "none" };
    test.each([
      '{"service":"shop"}',
      '{"service":""}',
      '{"service":null,"ddtags":"service:cart"}',
      '{"service":5,"ddtags":"service:cart"}',
      '{"service":["shop"]}',
      '{"service":"sh\\u006fp"}',
      '{"serv\\u0069ce":"shop"}',
      '{"service":"shop","service":"cart"}',
      '{"service":"","service":"cart"}',
      '{"service":"shop","service.name":"cart"}',
      '{"service.name":5,"service":"shop"}',
      '{"service":"shop","service":{"name":"cart"}}',
      '{"service":{"name":"cart"}}',
      '{"Service":"shop","services":"cart"}',
      '{"service":"shop","ddtags":"service.name:cart,service:desk"}',
      '{"service":"shop","message":"{\\"service.name\\":\\"cart\\"}"}',
      '{"message":"{\\"service.name\\":\\"cart\\"}","ddtags":"service:desk"}',
      '{"a":{"service":"shop"}}',
    ])("%s", (record) => {
      const body = encodeUtf8(`[${record},{"service":"last"}]`);
      for (const format of [datadogLogsFormat(), datadogLogsFormat().withQuery("?service=query")]) {
        const { rows } = judged("log", format, body, DROP_X);
        expect(rows).toEqual(judged("log", format, body, [...DROP_X, { log: ASKING }]).rows);
        expect(Object.keys(rows)).toContain("last");
      }
    });
  });

  test("however many logs come, and however many of them go", () => {
    const names = Array.from({ length: 1500 }, (_, i) => `s${Math.floor(i / 3) % 7}`);
    const records = names.map((service, i) => ({ service, message: i % 4 < 2 ? "x" : "y" }));
    const body = encodeUtf8(JSON.stringify(records));
    const { outcome, rows } = judged("log", datadogLogsFormat(), body, DROP_X);
    const expected = Object.fromEntries(
      [...new Set(names)].map((name) => {
        const own = records.filter(({ service }) => service === name);
        const dropped = own.filter(({ message }) => message === "x").length;
        return [name, { records: own.length, dropped }];
      }),
    );
    expect(rows).toMatchObject(expected);
    const all = Object.values(rows);
    expect(all.reduce((sum, row) => sum + row.in, 0)).toBe(body.length);
    expect(all.reduce((sum, row) => sum + row.out, 0)).toBe(outcome?.body?.length ?? 0);
  });

  test("and of one resource, too", () => {
    const bodies = Array.from({ length: 1500 }, (_, i) => (i % 3 < 2 ? "x" : "y"));
    const body = encodeUtf8(request(named("cart", "x"), named("shop", ...bodies)));
    const { rows } = judged("log", otlpJsonFormat("log"), body, DROP_X);
    expect(rows).toMatchObject({
      cart: { records: 1, dropped: 1 },
      shop: { records: 1500, dropped: 1000 },
    });
  });

  test("Datadog's series by a tag", () => {
    const series = [
      { metric: "x", points: [], tags: ["service:shop"] },
      { metric: "y", points: [], tags: [] },
    ];
    const body = encodeUtf8(JSON.stringify({ series }));
    const { rows } = judged("metric", datadogSeriesJsonFormat("v2"), body, DROP_METRIC_X);
    expect(rows).toMatchObject({
      shop: { records: 1, dropped: 1 },
      "-": { records: 1, dropped: 0 },
    });
  });

  test("Loki's streams by the label that Loki takes for it", () => {
    const streams = [
      { stream: { service_name: "shop" }, values: [["1", "x"]] },
      { stream: { job: "a" }, values: [["1", "y"]] },
    ];
    const body = encodeUtf8(JSON.stringify({ streams }));
    const { rows } = judged("log", lokiJsonFormat(), body, DROP_X);
    expect(rows).toMatchObject({
      shop: { records: 1, dropped: 1 },
      "-": { records: 1, dropped: 0 },
    });
  });
});

describe("counting by service changes nothing of what becomes of a body", () => {
  test.each(CASES)("%s, whole or broken", (_, { signal, format, body }) => {
    const policies = fc.array(POLICIES[signal], { minLength: 1, maxLength: 3 });
    const cut = fc.option(fc.tuple(fc.nat(), fc.nat(255)));
    fc.assert(
      fc.property(policies, body, cut, (set, whole, broken) => {
        const bytes = Uint8Array.from(whole);
        if (broken !== null && bytes.length > 0) bytes[broken[0] % bytes.length] = broken[1];
        const outcomeOf = (engine: Engine): unknown => {
          const evaluation = engine.evaluation(signal);
          if (evaluation === undefined) return undefined;
          try {
            const { settlement: _, ...outcome } = format.filter(bytes, evaluation);
            return outcome;
          } catch {
            return "undecodable";
          }
        };
        const counting = engineOf(set, new ServiceLedger(new ServiceLedgers().open()));
        expect(outcomeOf(counting)).toEqual(outcomeOf(engineOf(set)));
      }),
      { numRuns: 100 },
    );
  });

  test("nor what nobody else reads can make a body fail open", () => {
    for (const attributes of [5, [3], [{ key: 4 }], { a: 1 }, [serviceName({ stringValue: 5 })]]) {
      const body = encodeUtf8(request(resourceLogs(attributes, "x", "y")));
      const { outcome, rows } = judged("log", otlpJsonFormat("log"), body, DROP_X);
      expect(outcome).toMatchObject({ records: 2, dropped: 1, unreadable: 0 });
      expect(rows).toMatchObject({ "-": { records: 2, dropped: 1, in: body.length } });
    }
  });
});
