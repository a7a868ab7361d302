// Large bodies are filtered one after the other, with others in between, and given up when the
// client has gone.

import { describe, expect, test } from "bun:test";
import type { Pauses } from "../../src/policy/index.ts";
import { LargeBodies } from "../../src/pipeline/large-bodies.ts";
import { ClientGoneError } from "../../src/pipeline/upstream-error.ts";

const NOBODY = new AbortController().signal;

function* counting(name: string, seen: string[], steps = 3): Generator<undefined, string> {
  let isOver = false;
  try {
    for (let i = 1; i <= steps; i++) {
      seen.push(`${name}${i}`);
      if (i < steps) yield;
    }
    isOver = true;
    return name;
  } finally {
    if (!isOver) seen.push(`${name} given up`);
  }
}

describe("large bodies", () => {
  test("are filtered one after the other, and what is due at once is done between their steps", async () => {
    const seen: string[] = [];
    const large = new LargeBodies();
    const both = Promise.all([
      large.filter(() => counting("a", seen), NOBODY),
      large.filter(() => counting("b", seen), NOBODY),
    ]);
    const beside = setInterval(() => seen.push("."), 0);
    expect(await both).toEqual(["a", "b"]);
    clearInterval(beside);
    expect(seen.filter((one) => one !== ".")).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
  });

  test("are begun when it is their turn, not before", async () => {
    const seen: string[] = [];
    const large = new LargeBodies();
    const first = large.filter(() => counting("a", seen), NOBODY);
    const second = large.filter(() => {
      seen.push("begin b");
      return counting("b", seen, 1);
    }, NOBODY);
    await Promise.all([first, second]);
    expect(seen).toEqual(["a1", "a2", "a3", "begin b", "b1"]);
  });

  test("are given up when the client has gone, and the next one has its turn", async () => {
    const seen: string[] = [];
    const large = new LargeBodies();
    const client = new AbortController();
    const endless = function* () {
      for (const step of counting("a", seen, 1_000_000)) {
        if (seen.length === 2) client.abort();
        yield step;
      }
    };
    const gone = large.filter(endless, client.signal);
    const next = large.filter(() => counting("b", seen, 1), NOBODY);
    expect(gone).rejects.toBeInstanceOf(ClientGoneError);
    expect(await next).toBe("b");
    expect(seen).toEqual(["a1", "a2", "a given up", "b1"]);
  });

  test("of which one throws leave the turn to the next", async () => {
    const large = new LargeBodies();
    const broken = large.filter((): Generator<undefined, string> => {
      throw new Error("broken");
    }, NOBODY);
    const next = large.filter(() => counting("b", [], 2), NOBODY);
    expect(broken).rejects.toThrow("broken");
    expect(await next).toBe("b");
  });

  test("pause when their time is over, and not before", async () => {
    let nowMs = 100;
    const large = new LargeBodies(() => nowMs);
    const answers: boolean[] = [];
    const looking = function* (pauses: Pauses): Generator<undefined, number> {
      for (const laterMs of [0, 4.9, 0.1, 0]) {
        nowMs += laterMs;
        answers.push(pauses.isDue());
      }
      yield;
      answers.push(pauses.isDue());
      return pauses.everyBytes;
    };
    expect(await large.filter(looking, NOBODY)).toBe(8192);
    expect(answers).toEqual([false, false, true, true, false]);
  });
});
