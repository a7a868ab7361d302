// Copies, analyses, and what others take for the same.

import { at, type Target } from "./target.ts";

export const SEEING: readonly Target[] = [
  {
    subject: "copies of what is dropped (s3-dump): CPU of the serving thread",
    asked: "at most 1.05 ×",
    where: at("a request, and with copies of what is dropped", /./, "with copies"),
    bound: { most: 1.05 },
    why: "copying bytes is a twentieth of it; the rest is noting who wants which record and what stands around it, and writing to memory that another processor has just read",
  },
  {
    subject: "the same: latency, p50",
    asked: "at most 1.05 ×",
    where: at("a request, and with copies of what is dropped", /./, "p50 with copies"),
    bound: { most: 1.05 },
    why: "two processors are shared by the thread that serves, the one that keeps copies, the load and the upstream; making JSON of protobuf takes that thread a third of what judging takes, though it goes behind the one that serves",
  },
  {
    subject: "analysis on, looks at the default sample",
    asked: "below 5 % of CPU",
    where: at("a request, and with the analysis on", /./, "looks at the default sample"),
    bound: { most: 5 },
  },
  {
    subject: "analysis off, a request",
    asked: "nothing that can be measured: under 10 ns",
    where: at("what a request is asked while no analysis is on", "off", "a request"),
    bound: { most: 10 },
  },
  {
    subject: "the top 20 patterns of known streams: found",
    asked: "all",
    where: at("the top 20 patterns of a known stream", /./, "recall"),
    bound: { least: 100 },
  },
  {
    subject: "the same: shown, and right",
    asked: "all",
    where: at("the top 20 patterns of a known stream", /./, "precision"),
    bound: { least: 100 },
    why: "calico writes `GET /liveness` and `GET /readiness` from two lines of its source, which differ in a path alone: to whoever masks paths and numbers of lines they are one pattern",
  },
  {
    subject: "sketches of ten million distinct lines",
    asked: "stay within their 16 MiB",
    where: at("what sketches of 16 MiB take", /./, "heap"),
    bound: { most: 16 },
  },
  {
    subject: "a Collector (filter), beside Edge, 10 rules, 30 % dropped",
    asked: "Edge takes less CPU",
    where: at("1 MB of OTLP logs, beside a Collector", /10 rules/, "Collector ÷ edge"),
    bound: { least: 1 },
  },
  {
    subject: "a Collector (transform), beside Edge, every record redacted",
    asked: "Edge takes less CPU",
    where: at("1 MB of OTLP logs, beside a Collector", /redacted/, "Collector ÷ edge"),
    bound: { least: 1 },
  },
];
