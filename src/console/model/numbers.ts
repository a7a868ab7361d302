// Formats numbers in the console: one way for bytes, rates, shares and money. Pure.

import {
  counted,
  countText,
  durationText,
  moneyText,
  shareText,
  sizeText,
} from "../../cli/terminal/amounts.ts";

export { counted, countText, durationText, shareText, sizeText };

export function perSecond(value: number): string {
  return value > 0 && value < 10 ? `${value.toFixed(1)}/s` : `${countText(value)}/s`;
}

export function sizePerSecond(bytes: number): string {
  return `${sizeText(bytes)}/s`;
}

/** Small amounts keep the digits that say something. */
export function money(amount: number, currency: string | null): string {
  const isSmall = Math.abs(amount) > 0 && Math.abs(amount) < 0.01;
  if (!isSmall) return moneyText(amount, currency ?? undefined);
  return `${amount.toPrecision(2)} ${currency ?? ""}`.trim();
}

/** `10:02:11`, in the reader's own time. */
export function clock(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}
