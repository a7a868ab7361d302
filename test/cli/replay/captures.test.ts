// Captures of every kind come in bodies with all of their records, however they are cut on the way.

import { describe, expect, test } from "bun:test";
import { capturedBodies } from "../../../src/cli/replay/captures.ts";
import { CAPTURE_BLOCK_BYTES } from "../../../src/core/limits.ts";
import { CommandFolder } from "../../support/terminal.ts";

interface Came {
  readonly kinds: readonly string[];
  readonly records: number;
  readonly bodies: number;
  readonly bytes: number;
}

async function came(content: string | Uint8Array): Promise<Came> {
  using folder = new CommandFolder({ capture: content });
  const progress = { bytes: 0 };
  const kinds = new Set<string>();
  let records = 0;
  let bodies = 0;
  for await (const { kind, signal, bytes } of capturedBodies(`${folder.path}/capture`, progress)) {
    kinds.add(`${kind} ${signal}`);
    bodies++;
    records += Buffer.from(bytes).toString().split('"mark"').length - 1;
  }
  return { kinds: [...kinds], records, bodies, bytes: progress.bytes };
}

const record = (text: string): object => ({
  attributes: [{ key: "mark" }],
  body: { stringValue: text },
});
const request = (...texts: readonly string[]): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: texts.map(record) }] }] });
const LARGE = "x".repeat(CAPTURE_BLOCK_BYTES);

describe("a capture", () => {
  test("of OTLP requests, one a line, has a body for each", async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => request(`${i}`, "y".repeat(i)));
    const content = `${lines.join("\n")}\n`;
    expect(await came(content)).toEqual({
      kinds: ["otlp log"],
      records: 6000,
      bodies: 3000,
      bytes: content.length,
    });
  });

  test("with lines that are longer than a block has them whole", async () => {
    const content = [request("a"), request(LARGE + LARGE), request("b"), request(LARGE)].join("\n");
    const expected = { kinds: ["otlp log"], records: 4, bodies: 4 };
    expect(await came(content)).toMatchObject(expected);
  });

  test("that is one document over several lines is one body", async () => {
    const content = JSON.stringify(JSON.parse(request("a", LARGE, "b")), null, 2);
    expect(await came(content)).toMatchObject({ kinds: ["otlp log"], records: 3, bodies: 1 });
  });

  test("of several signals keeps them apart", async () => {
    const content = [
      request("a"),
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"mark","x":"mark"}]}]}]}',
      '{"resourceMetrics":[]}',
    ].join("\n");
    expect((await came(content)).kinds).toEqual(["otlp log", "otlp trace", "otlp metric"]);
  });

  test("of Datadog logs is an array, or lines", async () => {
    const log = '{"message":"m","mark":1}';
    const array = `[${Array.from({ length: 5 }, () => log).join(",")}]`;
    expect(await came(array)).toMatchObject({ kinds: ["datadog log"], records: 5, bodies: 1 });
    const lines = `${log}\n`.repeat(100_000);
    expect(await came(lines)).toMatchObject({ kinds: ["datadog log"], records: 100_000 });
  });

  test("of plain lines has each line as a record", async () => {
    const content = 'a "mark" of a line\n'.repeat(2500);
    const { kinds, bodies } = await came(content);
    expect([kinds, bodies]).toEqual([["otlp log"], 3]);
  });

  test("of a tap has the records that it shows, of each encoding", async () => {
    const head = '{"seq":1,"time":"t","stage":"before","signal":"log",';
    const content = [
      '{"tap":"open","stage":"before"}',
      `${head}"encoding":"otlp_json","decision":"drop","policies":[],"record":{"body":{"stringValue":"mark"}}}`,
      `${head}"encoding":"datadog_json","decision":"keep","policies":[],"record":{"message":"mark"}}`,
      `${head}"encoding":"otlp_protobuf","decision":"keep","policies":[],"base64":"AA=="}`,
      '{"tap":"end","reason":"records","shown":3,"lost":0}',
    ].join("\n");
    expect(await came(content)).toMatchObject({
      kinds: ["otlp log", "datadog log"],
      records: 2,
      bodies: 2,
    });
  });

  test("that is compressed is decoded, and its progress is that of what came out", async () => {
    const content = `${request("a")}\n`.repeat(20_000);
    const expected = {
      kinds: ["otlp log"],
      records: 20_000,
      bodies: 20_000,
      bytes: content.length,
    };
    expect(await came(Bun.gzipSync(content))).toEqual(expected);
    expect(await came(await Bun.zstdCompress(content))).toEqual(expected);
    const cut = Bun.gzipSync(content).subarray(0, 200);
    expect(came(cut)).rejects.toThrow("capture: is damaged, or no gzip");
  });

  test("that is empty has nothing", async () => {
    expect(await came("")).toEqual({ kinds: [], records: 0, bodies: 0, bytes: 0 });
  });
});
