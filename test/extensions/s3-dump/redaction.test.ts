// Copies of records without what their policy hides, for targets that want them so: in every format
// of logs, as the format itself offers its records.

import { describe, expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type ExtensionMode,
  type OfferedRecords,
  type RecordFormat,
} from "../../../src/policy/index.ts";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import { datadogLogsFormat } from "../../../src/protocols/datadog/format/index.ts";
import { LinesFormat } from "../../../src/protocols/lines/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../src/protocols/otlp/format/index.ts";
import { writeProtobuf } from "../../protocols/loki/format/push.ts";
import { finish } from "../../support/steps.ts";
import { ARCHIVE, DumpSetup, settled } from "./dump-setup.ts";
import { offeredOf, sourceOf } from "./offered.ts";

const TYPE = "com.usetero/s3-dump";
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const REDACTING = { targets: [{ ...ARCHIVE, redact_before_dump: true }] };

interface Asked {
  readonly mode?: ExtensionMode;
  readonly keep?: string;
  readonly transform: object;
}

/** What of a body arrives, after a policy has looked at it that hides something and copies. */
async function dumped(
  format: RecordFormat,
  body: Uint8Array,
  { mode = "dropped", keep = "none", transform }: Asked,
  block: object = REDACTING,
): Promise<string[]> {
  const setup = new DumpSetup(block);
  const { policies } = decodePolicySet(
    {
      policies: [
        {
          id: "p",
          name: "P",
          log: { match: [{ log_field: "body", contains: "secret" }], keep, transform },
          extensions: [
            { type: TYPE, version: "1.0.0", mode, config: { target: { name: "archive" } } },
          ],
        },
      ],
    },
    AUTHORING,
  );
  const offer = (records: OfferedRecords): void => {
    setup.dump.offer(records);
  };
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0,
    extensions: new Map([[TYPE, { type: TYPE, offer }]]),
  });
  finish(engine.replace(policies));
  format.filter(body, engine.evaluation("log")!);
  await settled();
  await setup.dump.flush(1000, true);
  expect(setup.lost()).toEqual({});
  return setup.store.lines;
}

const SECRET = { redact: [{ log_field: "body", regex: "secret=\\w+", replacement: "secret=***" }] };
const OTLP = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: "host", value: { stringValue: "h-1" } }] },
      scopeLogs: [
        {
          scope: { name: "s" },
          logRecords: [
            {
              body: { stringValue: "a secret=abc b" },
              attributes: [
                { key: "mail", value: { stringValue: "a@b" } },
                { key: "n", value: { intValue: "9007199254740993" } },
              ],
            },
          ],
        },
      ],
    },
  ],
};
const HIDING = {
  ...SECRET,
  remove: [{ log_attribute: "mail" }],
};
const RESOURCE = { redact: [{ resource_attribute: "host", replacement: "-" }, ...SECRET.redact] };

function otlpProtobuf(): Uint8Array {
  const value = (text: string) => ({ value: { case: "stringValue" as const, value: text } });
  const logRecords = [
    {
      body: value("a secret=abc b"),
      attributes: [
        { key: "mail", value: value("a@b") },
        { key: "n", value: { value: { case: "intValue" as const, value: 9007199254740993n } } },
      ],
    },
  ];
  const resource = { attributes: [{ key: "host", value: value("h-1") }] };
  const scopeLogs = [{ scope: { name: "s" }, logRecords }];
  const request = create(ExportLogsServiceRequestSchema, {
    resourceLogs: [{ resource, scopeLogs }],
  });
  return toBinary(ExportLogsServiceRequestSchema, request);
}

const OTLP_HIDDEN =
  '{"resourceLogs":[{"resource":{"attributes":[{"key":"host","value":{"stringValue":"h-1"}}]},"scopeLogs":[{"scope":{"name":"s"},"logRecords":[{"body":{"stringValue":"a secret=*** b"},"attributes":[{"key":"n","value":{"intValue":"9007199254740993"}}]}]}]}]}';

describe("a copy for a target that wants it redacted", () => {
  test.each<[string, RecordFormat, Uint8Array, object, string]>([
    ["OTLP/JSON", otlpJsonFormat("log"), encode(JSON.stringify(OTLP)), HIDING, OTLP_HIDDEN],
    ["OTLP in protobuf", otlpProtobufFormat("log"), otlpProtobuf(), HIDING, OTLP_HIDDEN],
    [
      "Datadog",
      datadogLogsFormat(),
      encode('[{"message":"x"},\n{"message":"secret=abc","mail":"a@b","n":1.50}]'),
      HIDING,
      '{"message":"secret=***","n":1.50}',
    ],
    [
      "Loki in JSON",
      lokiJsonFormat(),
      encode('{"streams":[{"stream":{"a":"b"},"values":[["1","secret=abc"],["2","x"]]}]}'),
      SECRET,
      '{"streams":[{"stream":{"a":"b"},"values":[["1","secret=***"]]}]}',
    ],
    [
      "Loki in protobuf",
      lokiProtobufFormat(),
      writeProtobuf([
        { labels: [["a", "b"]], entries: [{ time: 1n, line: "secret=abc" }] },
        { labels: [], entries: [{ time: 2n, line: "x" }] },
      ]),
      SECRET,
      '{"streams":[{"stream":{"a":"b"},"values":[["1","secret=***"]]}]}',
    ],
    [
      "lines of text",
      new LinesFormat({ syntax: "auto" }),
      encode("x\na secret=abc b\n"),
      SECRET,
      '{"line":"a secret=*** b"}',
    ],
    [
      "lines of JSON",
      new LinesFormat({ syntax: "auto" }),
      encode('{"message":"secret=abc","mail":"a@b"}\n'),
      HIDING,
      '{"message":"secret=***"}',
    ],
  ])("lacks what the policy removes and redacts, of %s", async (_, format, body, hides, line) => {
    expect((await dumped(format, body, { transform: hides })).map(flat)).toEqual([flat(line)]);
  });

  test("lacks what is redacted of its resource", async () => {
    const body = encode(JSON.stringify(OTLP));
    for (const [format, own] of [
      [otlpJsonFormat("log"), body],
      [otlpProtobufFormat("log"), otlpProtobuf()],
    ] as const) {
      const [line = ""] = await dumped(format, own, { transform: RESOURCE });
      expect(line).toContain('{"key":"host","value":{"stringValue":"-"}}');
      expect(line).not.toMatch(/h-1|abc/);
    }
  });

  test("lacks what is in the query of its request, too", async () => {
    const format = datadogLogsFormat().withQuery("?ddtags=mail:a@b,env:x&ddsource=s");
    const transform = { remove: [{ log_attribute: "mail" }] };
    const lines = await dumped(format, encode('{"message":"secret"}'), { transform });
    expect(lines).toEqual(['{"message":"secret","ddsource":"s","ddtags":"env:x"}']);
  });

  test("is whole but for that: renamed and added is nothing, kept or dropped", async () => {
    const transform = {
      ...SECRET,
      rename: [{ from_log_attribute: "a", to: "b", upsert: true }],
      add: [{ log_attribute: "c", value: "d", upsert: true }],
    };
    const body = encode('{"message":"secret=abc","a":1}');
    for (const keep of ["all", "none"]) {
      const lines = await dumped(datadogLogsFormat(), body, { mode: "all", keep, transform });
      expect(lines).toEqual(['{"message":"secret=***","a":1}']);
    }
  });

  test("lacks it as well when the policy does not match", async () => {
    const transform = { redact: [{ log_attribute: "mail", replacement: "-" }] };
    const body = encode('{"message":"x","mail":"a@b"}');
    expect(await dumped(datadogLogsFormat(), body, { mode: "unmatched", transform })).toEqual([
      '{"message":"x","mail":"-"}',
    ]);
  });

  test("is as it came for another target, and of a policy that hides nothing", async () => {
    const body = encode('{"message":"secret=abc","mail":"a@b"}');
    const asked = { transform: HIDING };
    expect(await dumped(datadogLogsFormat(), body, asked, { targets: [ARCHIVE] })).toEqual([
      '{"message":"secret=abc","mail":"a@b"}',
    ]);
    const plain = { transform: { add: [{ log_attribute: "c", value: "d", upsert: true }] } };
    expect(await dumped(datadogLogsFormat(), body, plain)).toEqual([
      '{"message":"secret=abc","mail":"a@b"}',
    ]);
  });
});

describe("a copy that cannot be redacted", () => {
  const redactions = {
    remove: [],
    redact: [{ field: { kind: "field", field: "body" }, replacement: "x" }],
  } as const;
  const source = { ...sourceOf("p", { name: "archive" }), redactions };

  test.each([
    ["for what it is written in", offeredOf("{}", { source, encoding: "of_tomorrow" })],
    ["for what it is", offeredOf("not JSON", { source })],
    ["for being two", offeredOf("{},{}", { source })],
  ])("is not kept, and counted: %s", async (_, record) => {
    const setup = new DumpSetup(REDACTING);
    await setup.offer(record, offeredOf('{"message":"m"}', { source }));
    await setup.dump.flush(1000, true);
    expect([setup.store.lines, setup.lost()]).toEqual([
      ['{"message":"x"}'],
      { redaction_failed: 1 },
    ]);
  });

  test("is not kept either when its target is not there any more", async () => {
    const setup = new DumpSetup({ targets: [] });
    await setup.offer(offeredOf("not JSON", { source }));
    expect(setup.lost()).toEqual({ redaction_failed: 1 });
  });
});

/** The members that the two encodings write in another order, in one. */
function flat(line: string): unknown {
  return JSON.parse(line);
}
