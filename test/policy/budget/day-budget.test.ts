// What a budget keeps of a day: never more than it may, spread over the day, rare patterns first.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  DAY_MS,
  HOUR_MS,
  MIDNIGHT_MS,
  SimulatedDay,
  type Stream,
  type StreamOutcome,
} from "./simulated-day.ts";

const FREQUENT: Stream = { pattern: 1, recordBytes: 500, recordsPerMinute: 600 };
const RARE: Stream = { pattern: 2, recordBytes: 500, recordsPerMinute: 2 };
/** What both come to. */
const BYTES_PER_DAY = 500 * 602 * 1440;

function shareOf(outcome: StreamOutcome | undefined): number {
  return (outcome?.kept ?? 0) / (outcome?.sent ?? 1);
}

describe("a budget", () => {
  test("that is not exceeded cuts nothing", () => {
    const day = new SimulatedDay(BYTES_PER_DAY * 1.1);
    const [frequent, rare] = day.run([FREQUENT, RARE], DAY_MS - 1000);
    expect([shareOf(frequent), shareOf(rare)]).toEqual([1, 1]);
    expect(day.budget.status().cut).toBe(0);
  });

  test("keeps all of a rare pattern, and of a frequent one what is left", () => {
    const day = new SimulatedDay(BYTES_PER_DAY / 4);
    const [frequent, rare] = day.run([FREQUENT, RARE], DAY_MS - 1000);
    expect(shareOf(rare)).toBeGreaterThan(0.98);
    expect(shareOf(frequent)).toBeGreaterThan(0.22);
    expect(shareOf(frequent)).toBeLessThan(0.25);
  });

  test("spends the day's bytes evenly, and almost all of them", () => {
    const day = new SimulatedDay(BYTES_PER_DAY / 10);
    const byHour = Array.from({ length: 24 }, (_, hour) => {
      const spanMs = hour === 23 ? HOUR_MS - 1000 : HOUR_MS;
      return day.run([FREQUENT], spanMs)[0]?.kept ?? 0;
    });
    const part = BYTES_PER_DAY / 10 / 24;
    for (const kept of byHour) {
      expect(kept).toBeGreaterThan(part * 0.85);
      expect(kept).toBeLessThan(part * 1.15);
    }
    expect(day.budget.status().spent).toBeGreaterThan((BYTES_PER_DAY / 10) * 0.97);
  });

  test("spreads what a quiet night left over the rest of the day", () => {
    const day = new SimulatedDay(BYTES_PER_DAY / 10);
    day.nowMs += 12 * HOUR_MS;
    const [frequent] = day.run([FREQUENT], 12 * HOUR_MS - 1000);
    expect(shareOf(frequent)).toBeGreaterThan(0.19);
    expect(shareOf(frequent)).toBeLessThan(0.201);
  });

  test("lets a burst have what an hour before it did not want", () => {
    const day = new SimulatedDay(2_400_000);
    day.nowMs += HOUR_MS;
    const [burst] = day.run([{ ...FREQUENT, recordsPerMinute: 6000 }], 10_000);
    // An hour's part of the day is 100,000 bytes.
    expect(burst?.kept).toBeGreaterThan(85_000);
    expect(burst?.kept).toBeLessThan(105_000);
  });

  test("keeps a reserve for patterns that are rare when a frequent one floods it", () => {
    const day = new SimulatedDay(240_000_000);
    day.run([{ ...FREQUENT, recordsPerMinute: 6000 }, RARE], HOUR_MS);
    const flood = { ...FREQUENT, recordsPerMinute: 600_000 };
    const [, rare] = day.run([flood, { ...RARE, recordsPerMinute: 60 }], 10_000);
    expect(shareOf(rare)).toBeGreaterThan(0.3);
  });

  test("keeps errors whatever is left, and counts them as spent", () => {
    const day = new SimulatedDay(10_000);
    const errors = { ...RARE, isError: true, recordsPerMinute: 60 };
    const [kept, others] = day.run([errors, FREQUENT], HOUR_MS);
    expect(kept).toEqual({ sent: kept?.sent ?? 0, kept: kept?.sent ?? 0 });
    expect(kept?.sent).toBeGreaterThan(1_000_000);
    expect(others?.kept).toBeLessThan(10_000);
    const { spent, exempt, limit } = day.budget.status();
    expect({ spent, exempt, limit }).toEqual({
      spent: (kept?.kept ?? 0) + (others?.kept ?? 0),
      exempt: kept?.kept ?? 0,
      limit: 10_000,
    });
  });

  test("begins anew with the day", () => {
    const day = new SimulatedDay(100_000, MIDNIGHT_MS + DAY_MS - 60_000);
    day.run([FREQUENT], 60_000);
    expect(day.budget.status()).toMatchObject({ spent: 0, cut: 0, limit: 100_000 });
    const [kept] = day.run([FREQUENT], HOUR_MS);
    expect(kept?.kept).toBeLessThan(100_000 / 20);
    expect(day.budget.status().spent).toBe(kept?.kept ?? 0);
  });

  test("has on the day of its start what is left of the day", () => {
    const day = new SimulatedDay(96_000, MIDNIGHT_MS + 18 * HOUR_MS);
    expect(day.budget.status().limit).toBe(24_000);
    day.nowMs += DAY_MS;
    expect(day.budget.status().limit).toBe(96_000);
  });

  test("goes on from what was spent before a restart, and neither more nor less is kept of the day", () => {
    const day = new SimulatedDay(BYTES_PER_DAY / 4);
    const [before] = day.run([FREQUENT], 12 * HOUR_MS);
    const spent = day.budget.spentDay();
    const next = new SimulatedDay(BYTES_PER_DAY / 4, day.nowMs);
    next.budget.resume(spent);
    expect(next.budget.status()).toMatchObject({
      spent: before?.kept,
      limit: BYTES_PER_DAY / 4,
      dayEndMs: MIDNIGHT_MS + DAY_MS,
    });
    const [after] = next.run([FREQUENT], 12 * HOUR_MS - 1000);
    const kept = (before?.kept ?? 0) + (after?.kept ?? 0);
    expect(kept).toBeLessThanOrEqual(BYTES_PER_DAY / 4);
    expect(kept).toBeGreaterThan((BYTES_PER_DAY / 4) * 0.97);
    // As evenly as without it.
    expect((after?.kept ?? 0) / (before?.kept ?? 1)).toBeCloseTo(1, 1);
  });

  test("goes on from nothing of another day, of other days' lengths, or of a budget of nothing", () => {
    const day = new SimulatedDay(96_000, MIDNIGHT_MS + 18 * HOUR_MS);
    const spent = { ...day.budget.spentDay(), spent: 10_000 };
    const fresh = day.budget.status();
    for (const other of [
      { ...spent, dayStartMs: MIDNIGHT_MS - DAY_MS, dayEndMs: MIDNIGHT_MS },
      { ...spent, dayStartMs: MIDNIGHT_MS + HOUR_MS },
      { ...spent, bytesPerDay: 0 },
    ]) {
      day.budget.resume(other);
      expect(day.budget.status()).toEqual(fresh);
    }
  });

  test("that is given more a day than before has as much more of this one", () => {
    const day = new SimulatedDay(96_000, MIDNIGHT_MS + 18 * HOUR_MS);
    const spent = { ...day.budget.spentDay(), spent: 10_000 };
    const larger = new SimulatedDay(192_000, day.nowMs);
    larger.budget.resume(spent);
    expect(larger.budget.status()).toMatchObject({ limit: 48_000, spent: 10_000 });
    const smaller = new SimulatedDay(9600, day.nowMs);
    smaller.budget.resume(spent);
    expect(smaller.budget.status()).toMatchObject({ limit: 2400, spent: 10_000 });
    expect(smaller.budget.keeps(1, 0, 0)).toBe(false);
  });

  test("gains nothing when the clock is set back, and ends its day all the same", () => {
    const day = new SimulatedDay(100_000, MIDNIGHT_MS + HOUR_MS);
    day.run([FREQUENT], HOUR_MS);
    const { spent } = day.budget.status();
    day.nowMs -= 2 * HOUR_MS + 1000;
    expect(day.budget.status()).toMatchObject({ spent, dayEndMs: MIDNIGHT_MS });
    const [kept] = day.run([FREQUENT], 900);
    expect(kept?.kept).toBe(0);
    day.nowMs = MIDNIGHT_MS + 1;
    expect(day.budget.status()).toMatchObject({ spent: 0, dayStartMs: MIDNIGHT_MS });
  });

  test("goes on by the days after the clock was set forward and back by a year", () => {
    const day = new SimulatedDay(100_000);
    day.nowMs += 365 * DAY_MS;
    day.run([FREQUENT], HOUR_MS);
    day.nowMs = MIDNIGHT_MS + 2 * HOUR_MS;
    day.run([FREQUENT], HOUR_MS);
    day.nowMs = MIDNIGHT_MS + DAY_MS;
    expect(day.budget.status()).toMatchObject({ spent: 0, limit: 100_000 });
  });

  test("of less than a record keeps nothing, of just one keeps one", () => {
    for (const [bytesPerDay, kept] of [
      [499, 0],
      [500, 500],
      [999, 500],
    ] as const) {
      const day = new SimulatedDay(bytesPerDay);
      expect(day.run([FREQUENT], 12 * HOUR_MS)[0]?.kept).toBe(kept);
    }
  });

  test("of a petabyte is exact", () => {
    const day = new SimulatedDay(1e15);
    day.budget.exempts(2 ** 52);
    expect(day.budget.keeps(1001, 1, 0)).toBe(false);
    day.budget.exempt.giveBack(2 ** 52);
    expect(day.budget.keeps(1001, 1, 0)).toBe(true);
    expect(day.budget.status()).toMatchObject({ spent: 1001, exempt: 0, cut: 1001 });
  });

  test("gets back what it was charged, on the same day only", () => {
    const day = new SimulatedDay(100_000);
    expect(day.budget.keeps(60, 1, 0)).toBe(true);
    const { kept } = day.budget;
    kept.giveBack(50);
    expect(day.budget.status().spent).toBe(10);
    day.nowMs += DAY_MS;
    kept.giveBack(10);
    expect(day.budget.status().spent).toBe(0);
  });

  test("foresees the end of the day", () => {
    const day = new SimulatedDay(BYTES_PER_DAY / 2);
    day.run([FREQUENT, RARE], 6 * HOUR_MS);
    const { forecast, forecastUncut, limit } = day.budget.status();
    expect(forecast).toBe(limit);
    expect(forecastUncut / BYTES_PER_DAY).toBeCloseTo(1, 1);
    const roomy = new SimulatedDay(BYTES_PER_DAY * 2);
    roomy.run([FREQUENT, RARE], 6 * HOUR_MS);
    expect(roomy.budget.status().forecast / BYTES_PER_DAY).toBeCloseTo(1, 1);
  });
});

test("never are more bytes kept than a day may have, with threads, whatever comes", () => {
  const stream = fc.record({
    pattern: fc.integer({ min: 0, max: 5000 }),
    recordBytes: fc.integer({ min: 1, max: 5000 }),
    recordsPerMinute: fc.integer({ min: 0, max: 600 }),
    isError: fc.boolean(),
  });
  const span = fc.integer({ min: 1, max: 600_000 });
  const phases = fc.array(fc.tuple(fc.array(stream, { maxLength: 4 }), span), { maxLength: 6 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000_000 }), phases, (bytesPerDay, all) => {
      const day = new SimulatedDay(bytesPerDay);
      const threads = [day.budget, day.thread(), day.thread()];
      let [kept, exempt, sent] = [0, 0, 0];
      for (const [streams, spanMs] of all) {
        for (const [i, outcome] of day.run(streams, spanMs, threads).entries()) {
          const isError = streams[i]?.isError ?? false;
          if (isError) expect(outcome.kept).toBe(outcome.sent);
          sent += outcome.sent;
          if (isError) exempt += outcome.kept;
          else kept += outcome.kept;
        }
        // Between, the stream may be quiet for long.
        day.nowMs += spanMs;
        expect(kept).toBeLessThanOrEqual(bytesPerDay);
      }
      const status = day.budget.status();
      expect([status.spent, status.exempt]).toEqual([kept + exempt, exempt]);
      expect(status.spent + status.cut).toBe(sent);
    }),
    { numRuns: 60 },
  );
});

test("a pattern that is rarer is never kept less than one that is more frequent", () => {
  const rate = fc.integer({ min: 1, max: 3000 });
  const rates = fc.uniqueArray(rate, { minLength: 2, maxLength: 6 });
  const share = fc.double({ min: 0.05, max: 0.9, noNaN: true });
  fc.assert(
    fc.property(rates, share, (all, part) => {
      const streams = all
        .toSorted((a, b) => a - b)
        .map((recordsPerMinute, i) => ({ pattern: 7 * i, recordBytes: 400, recordsPerMinute }));
      const total = all.reduce((sum, one) => sum + one, 0) * 400 * 1440;
      const day = new SimulatedDay(total * part);
      // What patterns want is known from then on.
      day.run(streams, 60_000);
      const shares = day.run(streams, 4 * HOUR_MS).map(shareOf);
      for (const [i, rarer] of shares.slice(0, -1).entries()) {
        expect(rarer).toBeGreaterThan((shares[i + 1] ?? 0) - 0.12);
      }
    }),
    { numRuns: 30 },
  );
});
