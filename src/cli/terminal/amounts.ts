// Formats numbers for people. Pure.

export const GIB = 1024 ** 3;
const SIZES = [
  ["GiB", GIB],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;
const TIMES: readonly (readonly [unit: string, seconds: number])[] = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
];

/** `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const [unit, size] = SIZES.find((one) => bytes >= one[1]) ?? ["B", 1];
  return size === 1 ? `${Math.round(bytes)} B` : `${(bytes / size).toFixed(1)} ${unit}`;
}

/** `1,234`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1,234.50 EUR`; without the currency when that is not known. */
export function moneyText(amount: number, currency: string | undefined): string {
  const [whole = "", cents = ""] = Math.abs(amount).toFixed(2).split(".");
  const sign = amount < 0 && Number(`${whole}.${cents}`) > 0 ? "-" : "";
  const text = `${sign}${countText(Number(whole))}.${cents}`;
  return currency === undefined ? text : `${text} ${currency}`;
}

/** `12.3 %`. */
export function shareText(part: number, all: number): string {
  return all === 0 ? "0 %" : `${((part / all) * 100).toFixed(1)} %`;
}

/** `2d 3h`, `3h 4m`, `5m 6s`, `7s`. */
export function durationText(seconds: number): string {
  const at = TIMES.findIndex(([, size]) => seconds >= size);
  const [unit, size] = TIMES[at] ?? ["s", 1];
  const [nextUnit, nextSize] = TIMES[at + 1] ?? ["s", 1];
  const whole = `${Math.floor(seconds / size)}${unit}`;
  return size === 1 ? whole : `${whole} ${Math.floor((seconds % size) / nextSize)}${nextUnit}`;
}

/** `1 record`, `2 records`. */
export function counted(count: number, word: string): string {
  return `${countText(count)} ${Math.abs(count) === 1 ? word : `${word}s`}`;
}
