// The filter of the tailer: what of a batch stays, that bytes balance, and what is held back.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { EventBus } from "../../../src/o11y/event-bus.ts";
import type { Evaluation } from "../../../src/policy/index.ts";
import {
  createLineFilter,
  type LineFilterOptions,
  resourceOf,
} from "../../../src/tail/filter/index.ts";
import type { Judged, LineBatch, LineFilter, LineSource } from "../../../src/tail/ports.ts";
import { drop, edit, engineOf } from "../../protocols/lines/filter-lines.ts";

const SOURCE: LineSource = { id: 1, kind: "file", path: "/var/log/app.log" };
const OTHER: LineSource = { id: 2, kind: "file", path: "/var/log/other.log" };
const T = "2026-01-02T03:04:05Z";
const DEBUG = drop({ log_field: "body", contains: "DEBUG" });

interface Setup extends Partial<LineFilterOptions> {
  readonly policies?: readonly object[];
}

function filterOf({ policies = [], ...options }: Setup = {}) {
  const bus = new EventBus();
  const events: unknown[] = [];
  for (const name of ["records.evaluated", "fail_open"] as const) {
    bus.on(name, (event) => void events.push([name, event]));
  }
  const { engine } = engineOf(policies);
  const filter = createLineFilter({
    format: "raw",
    validateRegex: () => undefined,
    evaluation: () => engine.evaluation("log"),
    resourceOf: (source) => resourceOf(source, { hostName: "h", added: new Map() }),
    bus,
    ...options,
  });
  return { filter, events };
}

/** Hands a text over that begins at `start` of its source. */
function give(filter: LineFilter, text: string, more: Partial<LineBatch> = {}): Judged {
  const bytes = encodeUtf8(text);
  const { start = 0 } = more;
  return filter.judge({
    source: SOURCE,
    bytes,
    start,
    end: start + bytes.length,
    isOpen: false,
    isUnjudged: false,
    ...more,
  });
}

function shown({ kept, ...rest }: Judged) {
  const { bytes, lines, isOpen, sourceBytes } = kept;
  return { left: decodeUtf8(bytes), lines, isOpen, sourceBytes, ...rest };
}

const nothing = { droppedLines: 0, droppedBytes: 0, heldBytes: 0 };

describe("lines", () => {
  test("pass as they are without rules and policies", () => {
    const { filter, events } = filterOf();
    expect(shown(give(filter, "a\n\nb"))).toEqual({
      left: "a\n\nb",
      lines: 3,
      isOpen: true,
      sourceBytes: 4,
      ...nothing,
    });
    expect(events).toEqual([]);
  });

  test("are dropped by policies and rules", () => {
    const rules = [{ kind: "exclude", pattern: "no" }] as const;
    const { filter, events } = filterOf({ policies: [DEBUG], rules });
    expect(shown(give(filter, "a\nDEBUG\nno\nb\n"))).toEqual({
      left: "a\nb\n",
      lines: 2,
      isOpen: false,
      sourceBytes: 4,
      droppedLines: 2,
      droppedBytes: 9,
      heldBytes: 0,
    });
    const told = { telemetry: "tail_logs", records: 3, dropped: 1, edited: 0 };
    expect(events).toEqual([
      ["records.evaluated", { ...told, bytesIn: 10, bytesOut: 4, droppedBytes: 6 }],
    ]);
  });

  test("that were cut short on their way balance all the same", () => {
    const { filter } = filterOf({ policies: [DEBUG] });
    const all = shown(give(filter, "DEBUG\n", { end: 1000 }));
    expect([all.sourceBytes, all.droppedBytes]).toEqual([0, 1000]);
    const some = shown(give(filter, "DEBUG\na\n", { end: 1000 }));
    expect(some.sourceBytes + some.droppedBytes).toBe(1000);
  });

  test("that are not to be judged are not", () => {
    const { filter } = filterOf({ policies: [DEBUG] });
    expect(shown(give(filter, "DEBUG", { isUnjudged: true })).left).toBe("DEBUG");
  });

  test("policies that come into force are asked from the next batch on", () => {
    let evaluation: Evaluation | undefined;
    const { filter } = filterOf({ evaluation: () => evaluation });
    expect(shown(give(filter, "DEBUG\n")).left).toBe("DEBUG\n");
    evaluation = engineOf([DEBUG]).engine.evaluation("log");
    expect(shown(give(filter, "DEBUG\n")).left).toBe("");
  });

  test("of which judging fails pass, and are counted", () => {
    const evaluation = engineOf([DEBUG]).engine.evaluation("log");
    if (evaluation === undefined) throw new Error("no policy");
    const failing: Evaluation = Object.create(evaluation, {
      decide: {
        value: () => {
          throw new Error("a fault");
        },
      },
    }) as Evaluation;
    const { filter, events } = filterOf({ evaluation: () => failing });
    expect(shown(give(filter, "DEBUG\n"))).toMatchObject({ left: "DEBUG\n", ...nothing });
    const reason = "internal_error";
    expect(events).toEqual([
      ["fail_open", { telemetry: "tail_logs", reason, records: 0, detail: "a fault" }],
    ]);
  });

  test("that cannot be read pass, and are counted", () => {
    const { filter, events } = filterOf({ format: "json", policies: [DEBUG] });
    expect(shown(give(filter, "DEBUG\n{}\n")).left).toBe("DEBUG\n{}\n");
    expect(events).toMatchObject([
      ["records.evaluated", { records: 2, unjudged: 1 }],
      ["fail_open", { reason: "unreadable_record", records: 1 }],
    ]);
  });

  test("a rule that is no regular expression is refused", () => {
    const rules = [{ kind: "include", pattern: "(" }] as const;
    expect(() => filterOf({ rules, validateRegex: () => "missing )" })).toThrow(
      '--include "(" is no regular expression of RE2: missing )',
    );
  });
});

describe("parts of a container's line", () => {
  const part = `${T} stdout P DE\n`;
  const end = `${T} stdout F BUG\n`;
  const setup = { format: "cri", policies: [DEBUG] } as const;

  test("are held until the rest comes, and judged with it", () => {
    const { filter } = filterOf(setup);
    const first = `${T} stdout F a\n`;
    expect(shown(give(filter, first + part))).toMatchObject({
      left: first,
      sourceBytes: first.length,
      droppedBytes: 0,
      heldBytes: part.length,
    });
    const start = first.length + part.length;
    expect(shown(give(filter, end, { start }))).toMatchObject({
      left: "",
      sourceBytes: 0,
      droppedLines: 2,
      droppedBytes: part.length + end.length,
      heldBytes: 0,
    });
  });

  test("are held by source", () => {
    const { filter } = filterOf(setup);
    give(filter, part);
    expect(shown(give(filter, end, { source: OTHER })).left).toBe(end);
    expect(shown(give(filter, end, { start: part.length })).left).toBe("");
  });

  test("may be carried to the source that follows", () => {
    const { filter } = filterOf(setup);
    expect(filter.carry(SOURCE, OTHER)).toBe(false);
    give(filter, part);
    expect(filter.carry(SOURCE, OTHER)).toBe(true);
    expect(shown(give(filter, end, { source: OTHER }))).toMatchObject({
      left: "",
      droppedBytes: part.length + end.length,
    });
    expect(shown(give(filter, end, { start: part.length })).left).toBe(end);
  });

  test("come out at the end of the source, or are forgotten", () => {
    const { filter } = filterOf(setup);
    give(filter, part);
    const judged = filter.finish(SOURCE, true);
    expect(judged && shown(judged)).toMatchObject({ left: part, sourceBytes: part.length });
    give(filter, part);
    expect(filter.finish(SOURCE, false)).toBeUndefined();
    expect(shown(give(filter, end)).left).toBe(end);
  });

  test("leave as they come when there is nothing to filter, unless they are to be together", () => {
    expect(shown(give(filterOf({ format: "cri" }).filter, part))).toMatchObject({
      left: part,
      heldBytes: 0,
    });
    const { filter, events } = filterOf({ format: "cri", joinsParts: true });
    expect(shown(give(filter, part))).toMatchObject({ left: "", heldBytes: part.length });
    expect(shown(give(filter, end, { start: part.length }))).toMatchObject({
      left: part + end,
      lines: 2,
      sourceBytes: part.length + end.length,
    });
    expect(events).toEqual([]);
  });

  test("do not outlive the memory that they came in", () => {
    const { filter } = filterOf(setup);
    const bytes = encodeUtf8(part);
    give(filter, "", { bytes, end: bytes.length });
    bytes.fill(0x21);
    expect(shown(give(filter, `${T} stdout F LATED\n`, { start: bytes.length })).left).toBe(
      `${part}${T} stdout F LATED\n`,
    );
  });

  test("are read as JSON when they are an object, unless another format is asked for", () => {
    const policies = [drop({ log_attribute: "a", equals: "x" })];
    const line = `${T} stdout F {"a":"x"}\n`;
    expect(shown(give(filterOf({ ...setup, policies }).filter, line)).left).toBe("");
    const { filter } = filterOf({ ...setup, policies, innerFormat: "raw" });
    expect(shown(give(filter, line)).left).toBe(line);
  });
});

describe("resources", () => {
  test("are told with the lines, as policies left them", () => {
    const policies = [
      edit({ log_field: "body", contains: "x" }, { remove: [{ resource_attribute: "host.name" }] }),
    ];
    const { filter } = filterOf({ policies });
    const file = { "log.file.path": "/var/log/app.log", "log.file.name": "app.log" };
    const resource = (text: string) => Object.fromEntries(give(filter, text).kept.resource ?? []);
    expect([resource("a\n"), resource("x\n")]).toEqual([{ ...file, "host.name": "h" }, file]);
  });

  test("are of the path, the host and the user, whose word is the last", () => {
    const path = "/var/log/pods/shop_web_u1/app/0.log";
    const added = new Map([
      ["host.name", "other"],
      ["service.name", "web"],
    ]);
    expect([...resourceOf({ kind: "file", path }, { hostName: "h", added })]).toEqual([
      ["log.file.path", path],
      ["log.file.name", "0.log"],
      ["k8s.namespace.name", "shop"],
      ["k8s.pod.name", "web"],
      ["k8s.pod.uid", "u1"],
      ["k8s.container.name", "app"],
      ["k8s.container.restart_count", "0"],
      ["host.name", "other"],
      ["service.name", "web"],
    ]);
  });

  test("of standard input have no file", () => {
    const source = { kind: "stdin", path: "-" } as const;
    expect([...resourceOf(source, { hostName: "", added: new Map() })]).toEqual([]);
  });
});
