// The torture of files, to an OTLP backend that fails at random: it refuses, is down, answers late.

import { afterAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Sink, torture } from "../../../scripts/torture/torture.ts";
import { Chance } from "../../../scripts/torture/writer.ts";
import { executable } from "../../support/e2e-executable.ts";
import { OtlpReceiver } from "../../tail/output/otlp-receiver.ts";
import { tailFolder } from "./tail-program.ts";

const folder = tailFolder();
// One for each test: what a killed program has sent may come in late, and is no copy of the next
// one's lines.
const receivers: OtlpReceiver[] = [];
afterAll(async () => {
  await Promise.all(receivers.map((receiver) => receiver.down()));
  rmSync(folder, { recursive: true });
});

const SECONDS = Number(process.env["EDGE_TORTURE_SECONDS"] ?? 4);
const TIMEOUT_MS = 60_000 + SECONDS * 1000;
const SEED = 20_260_101;

/** A backend that does not take one request in four. */
class Backend implements Sink {
  readonly target: string;
  readonly lateMs = 100;
  readonly #chance = new Chance(SEED);
  readonly #receiver = OtlpReceiver.start();
  #taken = 0;

  constructor() {
    const receiver = this.#receiver;
    receivers.push(receiver);
    this.target = receiver.target;
    receiver.answer = async () => {
      const choice = this.#chance.below(8);
      if (choice === 0) return { status: 503, headers: { "retry-after": "0" } };
      if (choice === 1) await Bun.sleep(30);
      return choice === 2 ? { status: 429, headers: { "retry-after": "0" } } : "take";
    };
  }

  take(): string {
    const fresh = this.#receiver.bodies.slice(this.#taken);
    this.#taken += fresh.length;
    return fresh.map((body) => `${body}\n`).join("");
  }
}

const PROMISES = {
  both: "after kills every line arrives",
  term: "after clean stops every line arrives exactly once",
};

test.each(["both", "term"] as const)(
  "at a backend that fails at random, told to stop by %s",
  async (ends) => {
    const report = await torture({
      executable: await executable("edge-tail"),
      folder: join(folder, ends),
      seconds: SECONDS / 2,
      seed: SEED,
      ends,
      sink: new Backend(),
      args: ["--flush-interval-ms=20", "--log-level=err", "--shutdown-timeout-ms=5000"],
    });
    const { missing, disordered, strange, failures, said, duplicates } = report;
    const doubled = ends === "term" ? duplicates : 0;
    expect([PROMISES[ends], { missing, disordered, strange, failures, said, doubled }]).toEqual([
      PROMISES[ends],
      { missing: [], disordered: [], strange: [], failures: [], said: "", doubled: 0 },
    ]);
    expect(report.finished).toBeGreaterThan(500);
  },
  TIMEOUT_MS,
);
