// Days of time zones: where they begin and end, also when clocks are changed.

import { describe, expect, test } from "bun:test";
import { dayAt } from "../../src/system/days.ts";

type Case = readonly [moment: string, timeZone: string, start: string, end: string];

describe("the day of", () => {
  const CASES: readonly Case[] = [
    ["2026-03-01T00:00:00.000Z", "UTC", "2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"],
    ["2026-03-01T23:59:59.999Z", "UTC", "2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"],
    [
      "2026-03-01T22:59:59.999Z",
      "Europe/Berlin",
      "2026-02-28T23:00:00.000Z",
      "2026-03-01T23:00:00.000Z",
    ],
    [
      "2026-03-01T23:00:00.000Z",
      "Europe/Berlin",
      "2026-03-01T23:00:00.000Z",
      "2026-03-02T23:00:00.000Z",
    ],
    // 23 hours.
    [
      "2026-03-29T12:00:00.000Z",
      "Europe/Berlin",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ],
    // 25 hours.
    [
      "2026-10-25T12:00:00.000Z",
      "Europe/Berlin",
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
    ],
    [
      "2026-03-01T12:00:00.000Z",
      "Asia/Kathmandu",
      "2026-02-28T18:15:00.000Z",
      "2026-03-01T18:15:00.000Z",
    ],
    [
      "2026-03-01T12:00:00.000Z",
      "America/New_York",
      "2026-03-01T05:00:00.000Z",
      "2026-03-02T05:00:00.000Z",
    ],
    // Clocks went from 0:00 to 1:00.
    [
      "2018-11-04T12:00:00.000Z",
      "America/Sao_Paulo",
      "2018-11-04T03:00:00.000Z",
      "2018-11-05T02:00:00.000Z",
    ],
    [
      "2018-11-04T02:59:59.000Z",
      "America/Sao_Paulo",
      "2018-11-03T03:00:00.000Z",
      "2018-11-04T03:00:00.000Z",
    ],
  ];
  for (const [moment, timeZone, start, end] of CASES) {
    test(`${moment} in ${timeZone}`, () => {
      const { startMs, endMs } = dayAt(Date.parse(moment), timeZone);
      const iso = [startMs, endMs].map((ms) => new Date(ms).toISOString());
      expect(iso).toEqual([start, end]);
    });
  }
});
