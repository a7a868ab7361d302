// What a request says of bytes when it is known how long it has become: whatever its records do not
// account for is counted for the policy that did the last of it.

import { describe, expect, test } from "bun:test";
import {
  BYTE_COUNTS,
  type ByteCount,
  Count,
  COUNTS,
  type PolicyCount,
} from "../../../src/policy/count-table.ts";
import { CountsRow } from "../../../src/policy/counts.ts";
import { RequestSettlement } from "../../../src/policy/evaluate/settlement.ts";

type Bytes = Partial<Record<ByteCount, number>>;

function settled(bytes: Partial<Record<PolicyCount, number>>): RequestSettlement {
  const row = new Float64Array(COUNTS);
  for (const [name, count] of Object.entries(bytes)) row[Count[name as PolicyCount]] = count;
  const settlement = new RequestSettlement();
  settlement.sum(row, 0);
  return settlement;
}

/** The counts of bytes that are not 0. */
function bytesOf(of: (name: ByteCount) => number | undefined): Bytes {
  const counted = BYTE_COUNTS.map((name) => [name, of(name) ?? 0] as const);
  return Object.fromEntries(counted.filter(([, count]) => count !== 0));
}

const inRow = (row: CountsRow): Bytes => bytesOf((name) => row.totals[Count[name]]);
const inSum = ({ bytes }: RequestSettlement): Bytes => bytesOf((name) => bytes[name]);

const CUTS = ["droppedBytes", "sampledBytes", "limitedBytes", "budgetedBytes"] as const;

describe("a request that has become shorter than its records account for", () => {
  test.each(CUTS)("counts the rest as %s of the policy that took the last record", (name) => {
    const settlement = settled({ [name]: 10, removedBytes: 3, addedBytes: 1 });
    const [cut, edit] = [new CountsRow("cut"), new CountsRow("edit")];
    settlement.lastEdit(edit);
    settlement.lastCut(cut, Count[name]);
    settlement.close(15);
    expect([inRow(cut), inRow(edit)]).toEqual([{ [name]: 3 }, {}]);
    expect(inSum(settlement)).toEqual({ [name]: 13, removedBytes: 3, addedBytes: 1 });
  });

  test("counts it as removed by the last edit when no record was taken", () => {
    const settlement = settled({ removedBytes: 3 });
    const edit = new CountsRow("edit");
    settlement.lastEdit(edit);
    settlement.close(4);
    expect([inRow(edit), inSum(settlement)]).toEqual([{ removedBytes: 1 }, { removedBytes: 4 }]);
  });

  test("counts it for no one when no policy has changed it", () => {
    const settlement = settled({});
    settlement.close(4);
    expect(inSum(settlement)).toEqual({});
  });
});

test("a request that has become longer counts the rest as added by the last edit, whatever else was taken", () => {
  const settlement = settled({ limitedBytes: 10, addedBytes: 2 });
  const [cut, edit] = [new CountsRow("cut"), new CountsRow("edit")];
  settlement.lastCut(cut, Count.limitedBytes);
  settlement.lastEdit(edit);
  settlement.close(7);
  expect([inRow(cut), inRow(edit)]).toEqual([{}, { addedBytes: 1 }]);
  expect(inSum(settlement)).toEqual({ limitedBytes: 10, addedBytes: 3 });
});

test("a request of which its records account for all counts nothing more", () => {
  const all = {
    droppedBytes: 1,
    sampledBytes: 2,
    limitedBytes: 4,
    budgetedBytes: 8,
    removedBytes: 16,
    addedBytes: 5,
  };
  const settlement = settled(all);
  const [cut, edit] = [new CountsRow("cut"), new CountsRow("edit")];
  settlement.lastCut(cut, Count.droppedBytes);
  settlement.lastEdit(edit);
  settlement.close(26);
  expect([inRow(cut), inRow(edit), inSum(settlement)]).toEqual([{}, {}, all]);
});

describe("parts of one request", () => {
  test("are summed up, and the last that took or edited something has the rest", () => {
    const [first, second] = [new CountsRow("first"), new CountsRow("second")];
    const part = { droppedBytes: 1, sampledBytes: 2, limitedBytes: 3 };
    const more = { budgetedBytes: 4, removedBytes: 5, addedBytes: 6 };
    const whole = settled({ ...part, ...more });
    whole.lastCut(first, Count.droppedBytes);
    whole.lastEdit(first);
    const later = settled({ ...part, ...more });
    later.lastCut(second, Count.sampledBytes);
    whole.add(later);
    expect(inSum(whole)).toEqual({
      droppedBytes: 2,
      sampledBytes: 4,
      limitedBytes: 6,
      budgetedBytes: 8,
      removedBytes: 10,
      addedBytes: 12,
    });
    whole.close(19);
    expect([inRow(first), inRow(second)]).toEqual([{}, { sampledBytes: 1 }]);
    whole.close(18);
    expect(inRow(first)).toEqual({ addedBytes: 1 });
  });

  test("are summed up in their records as in their bytes", () => {
    const whole = settled({ sampled: 1, limited: 2, budgeted: 3 });
    whole.add(settled({ sampled: 10, limited: 20, budgeted: 30 }));
    expect([whole.sampled, whole.limited, whole.budgeted]).toEqual([11, 22, 33]);
  });

  test("that took nothing leave the rest with those before", () => {
    const [cut, edit] = [new CountsRow("cut"), new CountsRow("edit")];
    const whole = settled({ limitedBytes: 3 });
    whole.lastCut(cut, Count.limitedBytes);
    whole.lastEdit(edit);
    whole.add(settled({}));
    whole.close(5);
    expect([inRow(cut), inRow(edit)]).toEqual([{ limitedBytes: 2 }, {}]);
  });

  test("count what could not be decided once for each policy and reason", () => {
    const whole = settled({});
    whole.undecide("a", "missing_trace_id");
    whole.undecide("a", "missing_trace_id");
    const later = settled({});
    later.undecide("a", "missing_trace_id", 2);
    later.undecide("a", "invalid_trace_id");
    later.undecide("b", "missing_trace_id");
    whole.add(later);
    expect(whole.undecided).toEqual([
      { policy: "a", reason: "missing_trace_id", records: 4 },
      { policy: "a", reason: "invalid_trace_id", records: 1 },
      { policy: "b", reason: "missing_trace_id", records: 1 },
    ]);
  });
});

describe("what is given back", () => {
  const noting = (given: number[]) => ({ giveBack: (amount = 1) => void given.push(amount) });

  test("is all that each part has charged, bytes as well as records, and once", () => {
    const [rate, budget]: [number[], number[]] = [[], []];
    const [rateCharge, budgetCharge] = [noting(rate), noting(budget)];
    const whole = new RequestSettlement();
    whole.charge(rateCharge);
    whole.charge(budgetCharge, 70);
    const later = new RequestSettlement();
    later.charge(budgetCharge, 5);
    later.charge(rateCharge);
    later.charge(rateCharge);
    whole.add(later);
    whole.giveBack();
    whole.giveBack();
    expect([rate, budget]).toEqual([[3], [75]]);
  });

  test("holds what policies in shadow have charged in every part", () => {
    const given: number[] = [];
    const charge = noting(given);
    const whole = new RequestSettlement();
    for (const amount of [1, 2]) {
      const shadow = new RequestSettlement();
      shadow.charge(charge, amount);
      whole.attach(shadow);
    }
    whole.giveBack();
    expect(given).toEqual([3]);
  });
});
