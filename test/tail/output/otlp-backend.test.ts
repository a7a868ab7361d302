// Lines to a real OTLP receiver: what arrives of them, also when the receiver is down for a while
// and fails at random.

import { afterEach, describe, expect, test } from "bun:test";
import { createOutput } from "../../../src/tail/output/index.ts";
import { LineRecords } from "../../../src/tail/output/line-records.ts";
import { OtlpOutput } from "../../../src/tail/output/otlp-output.ts";
import type { LineOutput } from "../../../src/tail/ports.ts";
import { realSchedule } from "../../../src/system/index.ts";
import { OtlpClient } from "../../../src/upstream/otlp/index.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";
import { kept, recordingEvents, type RecordingEvents } from "./recording-events.ts";

const open: OtlpReceiver[] = [];
function receiverOf(): OtlpReceiver {
  const receiver = OtlpReceiver.start();
  open.push(receiver);
  return receiver;
}
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.down();
});

const SOON = (): number => performance.now() + 20_000;

/** An output whose waits are a hundredth of what they are. */
function hurried(receiver: OtlpReceiver, events: RecordingEvents): LineOutput {
  const client = new OtlpClient({
    url: receiver.url,
    userAgent: "test",
    compression: "gzip",
    timeoutMs: 2000,
  });
  return new OtlpOutput({
    post: (request) => client.post(request),
    records: new LineRecords("raw", undefined),
    events,
    version: "1",
    waitMsMax: 200,
    batchBytesMax: 2000,
    queueBytesMax: 10_000,
    schedule: (delayMs, run) => realSchedule(delayMs > 10_000 ? delayMs : delayMs / 100, run),
  });
}

/** Writes so many lines, in blocks, each when there is room for it. */
async function writeLines(output: LineOutput, count: number, from = 0): Promise<string[]> {
  const lines = Array.from({ length: count }, (_, i) => `line ${from + i} ${"x".repeat(50)}`);
  for (let i = 0; i < count; i += 10) {
    const block = kept(`${lines.slice(i, i + 10).join("\n")}\n`);
    await output.write(block, (from + i) / 10 + 1);
  }
  return lines;
}

const accepted = ({ told }: RecordingEvents): number =>
  told.reduce<number>(
    (last, one) => (Array.isArray(one) && one[0] === "accepted" ? Number(one[1]) : last),
    0,
  );

test("lines arrive with what is known of them", async () => {
  const receiver = receiverOf();
  const events = recordingEvents();
  const output = await createOutput(
    {
      target: receiver.target,
      writeBufBytes: 1000,
      flushIntervalMs: 10,
      flushLines: 10,
      format: "json",
      version: "1",
    },
    events,
  );
  const resource = new Map([["log.file.path", "/var/log/app.log"]]);
  const line = '{"level":"error","ts":1767323045,"msg":"é"}';
  await output.write(kept(`${line}\n`, { resource }), 1);
  await output.close(SOON());
  expect([receiver.logs, events.told]).toEqual([
    [
      {
        body: line,
        severity: "error",
        timeUnixNano: 1_767_323_045_000_000_000n,
        resource: { "log.file.path": "/var/log/app.log" },
        attributes: {},
      },
    ],
    [["accepted", 1]],
  ]);
});

describe("all lines arrive once and in order", () => {
  test("when the receiver is down for a while", async () => {
    const receiver = receiverOf();
    const events = recordingEvents();
    const output = hurried(receiver, events);
    const before = await writeLines(output, 50);
    await receiver.down();
    const writing = writeLines(output, 500, 50);
    while (!events.told.some((one) => Array.isArray(one) && one[0] === "troubled")) {
      await Bun.sleep(5);
    }
    receiver.up();
    const after = await writing;
    await output.close(SOON());
    // What was taken just when it went down may come again: its answer was lost.
    const once = receiver.bodies.filter((body, i) => receiver.bodies.indexOf(body) === i);
    expect(once).toEqual([...before, ...after]);
    expect(accepted(events)).toBe(55);
  });

  test("when it fails at random in all ways that are for now", async () => {
    const receiver = receiverOf();
    const events = recordingEvents();
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    receiver.answer = () => {
      if (random() < 0.5) return "take";
      const status = [429, 502, 503, 504][Math.floor(random() * 4)] ?? 503;
      return { status, headers: random() < 0.3 ? { "retry-after": "1" } : {} };
    };
    const output = hurried(receiver, events);
    const lines = await writeLines(output, 1000);
    await output.close(SOON());
    expect(receiver.bodies).toEqual(lines);
    expect([accepted(events), receiver.requests > 33]).toEqual([100, true]);
  });
});

test("what it refuses for good is told as lost, and the rest arrives", async () => {
  const receiver = receiverOf();
  const events = recordingEvents();
  receiver.answer = (count) => (count === 2 ? { status: 400 } : "take");
  const output = hurried(receiver, events);
  const lines = await writeLines(output, 200);
  await output.close(SOON());
  const lost = events.told.flatMap((one) =>
    Array.isArray(one) && one[0] === "lost" ? [Number(one[2])] : [],
  );
  const total = lost.reduce((sum, one) => sum + one, 0);
  expect([receiver.logs.length + total, accepted(events)]).toEqual([lines.length, 20]);
  expect(lost.length).toBeGreaterThan(0);
  const first = receiver.bodies.findIndex((body, i) => body !== lines[i]);
  expect(receiver.bodies.slice(first)).toEqual(lines.slice(first + total));
});
