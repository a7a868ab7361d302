// Lines of container runtimes: what is in them is judged, parts are put together, and what is kept
// leaves as it stood.

import { describe, expect, test } from "bun:test";
import { kubernetesAttributes } from "../../../src/protocols/lines/index.ts";
import { drop, edit, editAll, filterText, left, type Setup } from "./filter-lines.ts";

const T = "2026-01-02T03:04:05.678901234Z";
const DEBUG = drop({ log_field: "body", contains: "DEBUG" });
const NUMBERS = editAll({ redact: [{ log_field: "body", regex: "\\d+", replacement: "#" }] });

const cri = (text: string, tag = "F", stream = "stdout") => `${T} ${stream} ${tag} ${text}\n`;
const docker = (log: string, stream = "stdout") => `${JSON.stringify({ log, stream, time: T })}\n`;

const FORMATS = {
  cri: { whole: (text: string, stream?: string) => cri(text, "F", stream), part: cri },
  docker: {
    whole: (text: string, stream?: string) => docker(`${text}\n`, stream),
    part: (text: string, _tag?: string, stream?: string) => docker(text, stream),
  },
};

describe.each(["cri", "docker"] as const)("%s", (container) => {
  const { whole } = FORMATS[container];
  const part = (text: string, stream?: string) => FORMATS[container].part(text, "P", stream);
  const setup = (...policies: object[]): Setup => ({ container, policies });

  test("what the container wrote is judged, not what is around it", () => {
    const policies = [drop({ log_field: "body", regex: "^(a|stdout.*|.*2026.*)$" })];
    expect(left(whole("a") + whole("ab"), { container, policies })).toBe(whole("ab"));
  });

  test("kept lines leave as they stood", () => {
    const text = whole("a") + whole("") + whole('é 😀 \\ "q" \t');
    expect(filterText(text, setup(DEBUG)).outcome.body).toBeUndefined();
  });

  test("an edit changes the text alone", () => {
    expect(left(whole("a 1") + whole("b"), setup(NUMBERS))).toBe(whole("a #") + whole("b"));
  });

  test("it is read as JSON or logfmt where that is asked for", () => {
    const policies = [drop({ log_attribute: "a", equals: "x" })];
    const json = whole('{"a":"x"}') + whole('{"a":"y"}') + whole("a=x");
    expect(left(json, { container, syntax: "auto", policies })).toBe(
      whole('{"a":"y"}') + whole("a=x"),
    );
    const logfmt = whole("a=x b") + whole("a=y");
    expect(left(logfmt, { container, syntax: "logfmt", policies })).toBe(whole("a=y"));
  });

  test("JSON is edited within", () => {
    const policies = [editAll({ remove: [{ log_attribute: "a" }] })];
    expect(left(whole('{"a":"x","b":1}'), { container, syntax: "json", policies })).toBe(
      whole('{"b":1}'),
    );
  });

  test("a line in parts is judged as one, and all of it goes or stays", () => {
    const split = part("DE") + part("BU") + whole("G!");
    const kept = part("a") + whole("b");
    const { text, outcome } = filterText(split + kept + split, setup(DEBUG));
    expect(text).toBe(kept);
    const { records, dropped, lines, cutLines, droppedBytes } = outcome;
    expect({ records, dropped, lines, cutLines, droppedBytes }).toEqual({
      records: 3,
      dropped: 2,
      lines: 8,
      cutLines: 6,
      droppedBytes: 2 * split.length,
    });
  });

  test("an edited line in parts becomes one", () => {
    expect(left(part("a 1") + part("2 ") + whole("3 b"), setup(NUMBERS))).toBe(whole("a # # b"));
  });

  test("streams are put together each by itself", () => {
    const text =
      part("DE", "stdout") + part("x", "stderr") + whole("BUG", "stdout") + whole("y", "stderr");
    expect(left(text, setup(DEBUG))).toBe(part("x", "stderr") + whole("y", "stderr"));
    const other = part("DE", "stdout") + whole("BUG", "stderr") + whole("BUG", "stdout");
    expect(left(other, setup(DEBUG))).toBe(whole("BUG", "stderr"));
  });

  test("parts wait for the rest, with what stands behind them", () => {
    const settled = whole("a") + part("b") + whole("c");
    const waiting = part("DE") + whole("other", "stderr");
    const { outcome, text } = filterText(settled + waiting, setup(DEBUG), false);
    expect([outcome.consumedBytes, outcome.lines, text]).toEqual([settled.length, 3, settled]);
    expect(left(waiting + whole("BUG"), setup(DEBUG))).toBe(whole("other", "stderr"));
  });

  test("at the end parts are judged without the rest", () => {
    const { text, outcome } = filterText(part("a") + part("DEBUG"), setup(DEBUG), true);
    expect([text, outcome.cutLines]).toEqual(["", 2]);
    expect(left(part("a 1"), setup(NUMBERS))).toBe(part("a #"));
  });

  test("no more is held than the bound", () => {
    const text = part("a".repeat(50)) + part("b".repeat(50));
    const at = (heldBytesMax: number) =>
      filterText(text, { ...setup(DEBUG), heldBytesMax }, false).outcome.consumedBytes;
    expect([at(text.length), at(text.length - 1)]).toEqual([0, text.length]);
  });

  test("line rules look at what the container wrote", () => {
    const rules = [{ kind: "include", pattern: "^a$" }] as const;
    const { text, outcome } = filterText(whole("a") + whole("b") + part("a") + whole("a"), {
      container,
      rules,
    });
    expect([text, outcome.excluded, outcome.cutLines]).toEqual([whole("a"), 2, 3]);
  });

  test("a line of no such format passes and is counted", () => {
    const text = `DEBUG plain\n\n${whole("DEBUG")}{"log":1}\n`;
    const { text: kept, outcome } = filterText(text, setup(DEBUG));
    expect([kept, outcome.unreadable]).toEqual(['DEBUG plain\n\n{"log":1}\n', 3]);
  });

  test("a last line may have no line end", () => {
    expect(left(whole("a") + whole("DEBUG").trimEnd(), setup(DEBUG))).toBe(whole("a"));
    expect(left(whole("1").trimEnd(), setup(NUMBERS))).toBe(whole("#").trimEnd());
  });
});

describe("cri", () => {
  const setup = { container: "cri", policies: [DEBUG, NUMBERS] } as const;
  test.each([
    ["tags beside the first", cri("DEBUG", "F:a:b") + cri("1", "F:a"), cri("#", "F:a")],
    ["an offset", `2026-01-02T03:04:05+01:00 stderr F DEBUG\n`, ""],
    ["an empty text without a space", `${T} stdout F\n`, `${T} stdout F\n`],
    ["carriage returns", `${T} stdout F 1\r\n`, `${T} stdout F #\r\n`],
    ["texts with leading spaces", cri("  1"), cri("  #")],
  ])("%s", (_, text, expected) => {
    const { text: kept, outcome } = filterText(text, setup);
    expect([kept, outcome.unreadable]).toEqual([expected, 0]);
  });

  test.each([
    ["another tag", cri("DEBUG", "X")],
    ["a tag that goes on", cri("DEBUG", "FP")],
    ["another stream", cri("DEBUG", "F", "stdin0")],
    ["no time", "stdout F DEBUG DEBUG DEBUG DEBUG\n"],
    ["two spaces", `${T}  stdout F DEBUG\n`],
  ])("%s is none", (_, text) => {
    const { text: kept, outcome } = filterText(text, setup);
    expect([kept, outcome.unreadable]).toEqual([text, 1]);
  });
});

describe("docker", () => {
  test("other members, their order and their spelling stay", () => {
    const line = '{ "attrs":{"a":1}, "time":"t" ,"log":"a\\u0031\\n","stream":"stdout"}\n';
    expect(left(line, { container: "docker", policies: [NUMBERS] })).toBe(
      '{ "attrs":{"a":1}, "time":"t" ,"log":"a#\\n","stream":"stdout"}\n',
    );
  });

  test("carriage returns stay", () => {
    expect(left(docker("1\r\n"), { container: "docker", policies: [NUMBERS] })).toBe(
      docker("#\r\n"),
    );
  });

  test("an escaped backslash before an n is no line end", () => {
    const text = docker("DEBUG\\n");
    const { outcome } = filterText(text, { container: "docker", policies: [DEBUG] }, false);
    expect(outcome.consumedBytes).toBe(0);
  });
});

describe("resources", () => {
  const resource = { "k8s.pod.name": "web-1", "log.file.name": "0.log" };

  test("policies match what lines come from", () => {
    const policies = [drop({ resource_attribute: "k8s.pod.name", equals: "web-1" })];
    expect(left("a\n", { policies, resource })).toBe("");
    expect(left("a\n", { policies, resource: { "k8s.pod.name": "web-2" } })).toBe("a\n");
    expect(left("a\n", { policies })).toBe("a\n");
  });

  test("and edit it", () => {
    const policies = [
      edit(
        { log_field: "body", contains: "x" },
        {
          remove: [{ resource_attribute: "log.file.name" }],
          rename: [{ from_resource_attribute: "k8s.pod.name", to: "pod", upsert: false }],
          add: [{ resource_attribute: "by", value: "edge", upsert: false }],
        },
      ),
    ];
    const edited = filterText("x\n", { policies, resource }).outcome.resource;
    expect([...(edited ?? [])]).toEqual([
      ["pod", "web-1"],
      ["by", "edge"],
    ]);
    expect(filterText("y\n", { policies, resource }).outcome.resource).toBeUndefined();
  });

  test.each([
    [
      "/var/log/pods/shop_web-1_0a1b/app/3.log",
      {
        "k8s.namespace.name": "shop",
        "k8s.pod.name": "web-1",
        "k8s.pod.uid": "0a1b",
        "k8s.container.name": "app",
        "k8s.container.restart_count": "3",
      },
    ],
    [
      "/host/var/log/pods/kube-system_etcd.x_f00/etcd/0.log.20260102-030405",
      {
        "k8s.namespace.name": "kube-system",
        "k8s.pod.name": "etcd.x",
        "k8s.pod.uid": "f00",
        "k8s.container.name": "etcd",
        "k8s.container.restart_count": "0",
      },
    ],
    [
      `/var/log/containers/web-1_shop_my-app-${"ab".repeat(32)}.log`,
      {
        "k8s.namespace.name": "shop",
        "k8s.pod.name": "web-1",
        "k8s.container.name": "my-app",
        "container.id": "ab".repeat(32),
      },
    ],
    ["/var/log/pods/shop_web/app/3.log", {}],
    ["/var/log/pods/shop_web_1/app/x.log", {}],
    ["/var/log/containers/web_shop_app-12.log", {}],
    ["/var/log/syslog", {}],
  ])("the path %s", (path, expected) => {
    expect(Object.fromEntries(kubernetesAttributes(path))).toEqual(expected);
  });
});
