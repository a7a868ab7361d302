// What looks at passing records for the program's own pages: taps, the memory of where records
// went, and analyses. Each has one half in the serving thread and one that pages ask; with several
// threads, the halves talk across them.

import type { FindAnswers, FindDeps } from "../../admin/admin-find.ts";
import { AnalysisControl } from "../../admin/analysis/analysis-control.ts";
import { Analysing } from "../../admin/analysis/analysing.ts";
import { type FindQuery, Sightings } from "../../admin/find/sightings.ts";
import { Switches } from "../../admin/switches.ts";
import { TapRegistry } from "../../admin/tap/tap-registry.ts";
import { TapSubscriptions } from "../../admin/tap/tap-subscriptions.ts";
import type { ProxyConfig } from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { Encodings } from "../../protocols/index.ts";
import type { ServingThreads } from "./serving-threads.ts";

/** `seeing`: for the thread that serves; `shown`: for pages. */
export function createLookouts(
  config: ProxyConfig,
  encodings: Encodings,
  bus: EventBus,
  threads: ServingThreads | undefined,
) {
  const switches = switchesOf(config, bus);
  const { sightings, find, unread } = createMemory(config, bus, threads);
  const { analysis, onlookers } = createAnalysis(config, encodings, threads);
  const { open, taps } = createTaps(switches, encodings, bus, threads);
  return {
    seeing: { taps: open, sightings, onlookers },
    shown: { switches, taps, find, unread, analysis },
  };
}

/** What remembers where records went, and how it is asked; with other threads, they remember. */
function createMemory(
  { admin }: ProxyConfig,
  bus: EventBus,
  threads: ServingThreads | undefined,
): Pick<FindDeps, "find" | "unread"> & { readonly sightings: Sightings | undefined } {
  let unread = 0;
  const common = { unread: () => unread };
  if (!admin.find) return { ...common, sightings: undefined, find: undefined };
  bus.on("fail_open", ({ reason }) => {
    // Records that took too long were read all the same.
    if (reason !== "too_costly") unread++;
  });
  if (threads !== undefined) {
    return { ...common, sightings: undefined, find: (query) => threads.find(query) };
  }
  const sightings = new Sightings();
  const find = async (query: FindQuery): Promise<FindAnswers> =>
    Promise.resolve({ asked: 1, answers: [sightings.find(query)] });
  return { ...common, sightings, find };
}

/** What is looked at, and who looks in this thread; with other threads, they look. */
function createAnalysis(
  { analysis: config }: ProxyConfig,
  encodings: Encodings,
  threads: ServingThreads | undefined,
) {
  if (threads !== undefined) {
    const { count } = threads;
    const use = threads.showAnalysis.bind(threads);
    const counts = threads.analysisCounts.bind(threads);
    const analysis = new AnalysisControl({ config, encodings, threads: { count, use, counts } });
    return { analysis, onlookers: undefined };
  }
  const own = new Analysing(encodings);
  const counts = async () => {
    const counted = await own.counts();
    return { asked: 1, answers: counted === undefined ? [] : [counted] };
  };
  const alone = { count: 1, use: own.use.bind(own), counts };
  const analysis = new AnalysisControl({ config, encodings, threads: alone });
  return { analysis, onlookers: own.onlookers };
}

function switchesOf({ tapEnabled, admin }: ProxyConfig, bus: EventBus): Switches {
  const configured = { taps: tapEnabled, payloads: admin.showPayloads };
  return new Switches({ configured, isSwitchable: admin.token !== undefined, bus });
}

/** The open taps, and who knows of them; both undefined: taps are off for good. */
function createTaps(
  switches: Switches,
  encodings: Encodings,
  bus: EventBus,
  threads: ServingThreads | undefined,
) {
  if (!switches.state.taps && !switches.isSwitchable) return { open: undefined, taps: undefined };
  const open = new TapSubscriptions((batch) => taps.deliver(batch));
  const taps = new TapRegistry({
    bus,
    showsPayloads: () => switches.state.payloads,
    encodings,
    changed: (specs) => (threads === undefined ? open.show(specs) : threads.showTaps(specs)),
  });
  switches.changed = ({ taps: areOn, payloads }) => {
    if (!areOn) taps.switchOff("all");
    else if (!payloads) taps.switchOff("payloads");
  };
  threads?.onTapped((batch) => taps.deliver(batch));
  return { open, taps };
}
