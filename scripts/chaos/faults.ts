// The faults that every door is put under, and what each is: of the backend, and of Edge itself.

import { policiesOf } from "../doors/policies.ts";
import type { Backend, Manner } from "../doors/backend.ts";
import type { EdgeUnderTest } from "../doors/edge-under-test.ts";

export interface Scene {
  readonly backend: Backend;
  readonly edge: EdgeUnderTest;
  /** Of the load on one door. */
  readonly ms: number;
}

export interface Fault {
  readonly name: string;
  /** What Edge does then, in a sentence or two. */
  readonly about: string;
  /** What it does while one door is under load. */
  readonly during: (scene: Scene) => Promise<void>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const REPLACED_EVERY_MS = 100;
const WORKERS_END_MS = 400;

function backendThat(name: string, about: string, manner: () => Manner): Fault {
  return {
    name,
    about,
    during: async ({ backend, ms }) => {
      backend.manner = manner;
      await Bun.sleep(ms);
      backend.manner = () => ({ kind: "takes" });
    },
  };
}

export const FAULTS: readonly Fault[] = [
  backendThat("none", "What the others compare with.", () => ({ kind: "takes" })),
  {
    name: "the backend refuses connections",
    about:
      "Clients hear 502 (gRPC: 14, unavailable), and send again. Attempts to connect go on with each request.",
    during: async ({ backend, ms }) => {
      await backend.stop();
      await Bun.sleep(ms);
      await backend.start();
    },
  },
  {
    name: "the backend is restarted",
    about:
      "Connections that were kept and died are no failure: their requests are sent once more on new ones.",
    during: async ({ backend, ms }) => {
      await Bun.sleep(ms / 4);
      await backend.stop();
      await Bun.sleep(ms / 2);
      await backend.start();
      await Bun.sleep(ms / 4);
    },
  },
  backendThat(
    "the backend closes every connection unanswered",
    "It may have taken the body, so Edge does not send it again: the client decides.",
    () => ({ kind: "closes" }),
  ),
  backendThat(
    "the backend closes connections that were kept",
    "That is what backends do with idle ones: the request is sent once more on a new one, and the client sees nothing.",
    () => ({ kind: "closes kept" }),
  ),
  backendThat(
    "the backend does not answer in time",
    "504 after `upstream_timeouts.first_byte_ms`, here 500 ms.",
    () => ({ kind: "is silent" }),
  ),
  backendThat(
    "the backend dies within its answer",
    "A part of an answer is never given out as the whole: the connection is cut where it would have gone on (gRPC: 14, unavailable). It had taken the body, so a client that sends again has it there twice.",
    () => ({ kind: "dies within" }),
  ),
  backendThat("the backend answers 503", "Its answer is the client's.", () => ({
    kind: "answers",
    status: 503,
  })),
  backendThat(
    "the backend answers 400",
    "Its answer is the client's, in the words of gRPC where that is spoken.",
    () => ({ kind: "answers", status: 400 }),
  ),
  backendThat("the backend takes 100 ms", "Edge adds what it adds otherwise.", () => ({
    kind: "takes",
    afterMs: 100,
  })),
  backendThat(
    "the backend fails at random, each third request",
    "503, connections that close, half answers, 200 ms, each as above.",
    atRandom,
  ),
  {
    name: "policies are replaced every 100 ms",
    about: "A request is judged by the set that it began with; none waits for another.",
    during: async ({ edge, ms }) => {
      for (let set = 1; set <= ms / REPLACED_EVERY_MS; set++) {
        edge.putPolicies(policiesOf(set));
        await Bun.sleep(REPLACED_EVERY_MS);
      }
    },
  },
  {
    name: "the policy file turns into nonsense",
    about: "The last good set stays in force, and the log says what is wrong with the file.",
    during: async ({ edge, ms }) => {
      edge.putPolicies('{"policies": [');
      await Bun.sleep(ms);
      edge.putPolicies(policiesOf());
    },
  },
  {
    name: "workers end, two of two within a second",
    about:
      "As a fault of the runtime would end them. What a worker held is cut for its clients, who know; the other goes on, and a new one takes its place.",
    during: ({ ms }) => Bun.sleep(ms),
    config: { worker_count: 2 },
    env: { EDGE_WORKER_ENDS_MS: String(WORKERS_END_MS) },
  },
  {
    name: "there is no room for the body",
    about:
      "`max_connections` is 1 here, with four clients: requests wait for room within their time, else 503 with `Retry-After`.",
    during: ({ ms }) => Bun.sleep(ms),
    config: { max_connections: 1 },
  },
];

/** Of the ways in which a backend fails, one, for a third of the requests. */
function atRandom(): Manner {
  if (Math.random() > 1 / 3) return { kind: "takes" };
  const ways: readonly Manner[] = [
    { kind: "answers", status: 503 },
    { kind: "closes" },
    { kind: "dies within" },
    { kind: "takes", afterMs: 200 },
  ];
  return ways[Math.floor(Math.random() * ways.length)] ?? { kind: "takes" };
}
