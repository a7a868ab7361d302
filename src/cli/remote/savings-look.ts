// Reads what the policies of a running program saved since its start, in bytes and money, from its
// savings page.

import { z } from "zod";
import { moneyText, shareText, sizeText } from "../terminal/amounts.ts";
import type { AdminClient } from "./admin-client.ts";
import { shaped } from "./remote-command.ts";

const FLOW = z.looseObject({
  bytes: z.looseObject({ in: z.number(), out: z.number() }),
  money: z.nullable(z.looseObject({ saved: z.number() })),
});
const SAVINGS = z.looseObject({
  currency: z.nullable(z.string()),
  totals: z.looseObject({ start: FLOW }),
});

/** Since the start. `money` undefined: the program knows no prices. */
export interface SavingsLook {
  readonly bytesIn: number;
  readonly bytesSaved: number;
  readonly money: number | undefined;
  readonly currency: string | undefined;
}

export async function lookAtSavings(client: AdminClient): Promise<SavingsLook> {
  const document = await client.document("/_edge/savings?format=json");
  const { currency, totals } = shaped(client, SAVINGS, document);
  const { bytes, money } = totals.start;
  return {
    bytesIn: bytes.in,
    bytesSaved: bytes.in - bytes.out,
    money: money?.saved,
    currency: currency ?? undefined,
  };
}

/** `768.0 KiB saved (25.0 %), 1.20 EUR`. */
export function savedText({ bytesIn, bytesSaved, money, currency }: SavingsLook): string {
  const bytes = `${sizeText(bytesSaved)} saved (${shareText(bytesSaved, bytesIn)})`;
  return money === undefined ? bytes : `${bytes}, ${moneyText(money, currency)}`;
}
