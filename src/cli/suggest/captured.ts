// Proposes policies from captured traffic. Every record of it is looked at.

import {
  Analyser,
  type Price,
  suggestionsOf,
  type SuggestionsDocument,
} from "../../analysis/index.ts";
import { priceOf } from "../../admin/savings/price.ts";
import { loadConfig } from "../../config/index.ts";
import { SUGGEST_MEMORY_BYTES } from "../../core/limits.ts";
import { SIGNALS } from "../../policy/index.ts";
import { otlpJsonSeries } from "../../protocols/otlp/series.ts";
import { textSeries } from "../../protocols/prometheus/series.ts";
import type { CommandContext } from "../command.ts";
import { timeOf, walkBody } from "../replay/judged.ts";
import { readCaptures } from "../replay/read-captures.ts";

export interface FromOptions {
  readonly withErrors: boolean;
  /** A configuration with prices. */
  readonly config: string | undefined;
}

/** @throws {ConfigError} for a file that cannot be read */
export async function suggestionsFrom(
  captures: readonly string[],
  { withErrors, config }: FromOptions,
  context: CommandContext,
): Promise<SuggestionsDocument> {
  const price = config === undefined ? undefined : priceIn(config, context);
  const analyser = new Analyser(
    { signals: SIGNALS, sample: 1, memoryBytesMax: SUGGEST_MEMORY_BYTES, seed: 1 },
    {
      random: () => 0,
      nowMs: () => 0,
      seriesOf: new Map([
        ["otlp_json", otlpJsonSeries],
        ["prometheus_text", textSeries()],
      ]),
    },
  );
  let [firstMs, lastMs] = [Infinity, 0];
  const unread = await readCaptures(captures, context, (body) => {
    const timeMs = timeOf(body);
    if (timeMs !== undefined) {
      firstMs = Math.min(firstMs, timeMs);
      lastMs = Math.max(lastMs, timeMs);
    }
    const observer = analyser.observer(body.signal);
    if (observer !== undefined) walkBody(body, observer);
  });
  if (unread > 0) context.io.err(`${unread} requests could not be read, and are not counted.\n`);
  const seconds = Math.max(0, lastMs - firstMs) / 1000;
  return suggestionsOf(analyser, { seconds, withErrors, price });
}

/** Undefined: nothing has a price. */
function priceIn(path: string, { env, readFile }: CommandContext): Price | undefined {
  const { cost } = loadConfig({ path, env, readFile }).config;
  if (cost === undefined) return undefined;
  const { currency } = cost;
  return { currency, of: (signal, bytes, records) => priceOf(cost[signal], bytes, records) };
}
