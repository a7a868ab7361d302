// Under attack, and when things fail.

import { at, type Target } from "./target.ts";

export const GUARDING: readonly Target[] = [
  {
    subject: "one record that is made to be costly",
    asked: "judged within 50 ms, or failed open",
    where: at("one costly record", /./, "best"),
    bound: { most: 60 },
  },
  {
    subject: "a step of judging, of bodies of 64 MiB of the hardest shapes",
    asked: "holds others for at most 50 ms",
    where: at("the longest step of one body", /./, "64 MiB"),
    bound: { most: 50 },
  },
  {
    subject: "the same of one record, in each format and shape, by each kind of edit",
    asked: "holds others for at most 50 ms",
    where: at("the longest step of one record, edited", /./, "64 MiB"),
    bound: { most: 50 },
    why: "what an edit is going to take is estimated before it begins, from below; one that has begun is not stopped inside",
  },
  {
    subject: "20,000 policies of one id",
    asked: "memory is linear: under 256 MB",
    where: at("a policy file", "20,000 policies of one id, JSON", "most memory"),
    bound: { most: 256 },
  },
  {
    subject: "a policy file that is none, or hardly, as YAML",
    asked: "ends within 10 s and 256 MB",
    where: at("a policy file", /YAML/, "most memory"),
    bound: { most: 256 },
  },
  {
    subject: "honest clients beside all kinds of hostile ones, p99",
    asked: "below 100 ms",
    where: at("honest clients beside hostile ones", /./, "p99"),
    bound: { most: 100 },
  },
  {
    subject: "what honest clients lose beside them",
    asked: "nothing",
    where: at("honest clients beside hostile ones", /./, "failed"),
    bound: { most: 0 },
  },
  {
    subject: "records that a fault lost though the client was told 2xx",
    asked: "none, at every door",
    where: at("faults at every door", /./, "lost"),
    bound: { most: 0 },
  },
  {
    subject: "a soak: what was sent, but for what is counted",
    asked: "0 records",
    where: at("what the soak came to", "records sent, but for what is counted", "measured"),
    bound: { most: 0 },
  },
];
