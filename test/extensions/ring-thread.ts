// A thread that reads a ring until the packet that says it is the last, and posts what was wrong.

import { parentPort, workerData } from "node:worker_threads";
import { RingReader } from "../../src/extensions/record-ring.ts";

const { memory, packets } = workerData as { memory: SharedArrayBuffer; packets: number };
const reader = new RingReader(memory);
const faults: string[] = [];
for (let expected = 0; expected < packets;) {
  const packet = reader.next();
  if (packet === undefined) continue;
  const words = new Int32Array(packet.buffer);
  const isWhole = words.length > 0 && words.every((word) => word === expected);
  if (!isWhole) faults.push(`${expected}: ${words.length} words, ${words[0]} to ${words.at(-1)}`);
  if (faults.length > 5) break;
  expected++;
}
parentPort?.postMessage(faults, []);
