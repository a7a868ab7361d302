// What a crash report says of the last requests.

import { expect, test } from "bun:test";
import { REQUEST_SHAPES_MAX } from "../../src/core/limits.ts";
import { RequestShapes } from "../../src/server/request-shapes.ts";

const JSON_GZIP = new Headers({
  "content-type": "application/json; charset=utf-8",
  "content-encoding": "gzip",
  authorization: "Bearer secret",
});

test("tells what kind of request it was, the latest first", () => {
  const shapes = new RequestShapes();
  const first = shapes.begin("POST", "v1_logs", JSON_GZIP, 1024, 1000);
  shapes.begin("GET", "metrics", new Headers(), 0, 1200);
  shapes.answered(first, 202);
  expect(shapes.describe(1250)).toEqual([
    "GET metrics, no body: 50 ms ago, not answered",
    "POST v1_logs, 1024 bytes, application/json, gzip: 250 ms ago, answered 202",
  ]);
});

test("repeats nothing that a client may have made up", () => {
  const shapes = new RequestShapes();
  const odd = new Headers({
    "content-type": "card/4111111111111111",
    "content-encoding": "secret",
  });
  shapes.begin("PUT", "other", odd, -1, 0);
  expect(shapes.describe(0)).toEqual([
    "PUT other, a stream, another type, another coding: 0 ms ago, not answered",
  ]);
});

test("keeps the latest only, and no answer goes to another request", () => {
  const shapes = new RequestShapes();
  const numbers = Array.from({ length: REQUEST_SHAPES_MAX + 1 }, (_, i) =>
    shapes.begin("POST", `path_${i}`, JSON_GZIP, 0, 0),
  );
  shapes.answered(numbers[0]!, 500);
  shapes.answered(numbers[1]!, 200);
  const lines = shapes.describe(0);
  expect(lines).toHaveLength(REQUEST_SHAPES_MAX);
  expect(lines[0]).toStartWith(`POST path_${REQUEST_SHAPES_MAX},`);
  expect(lines.filter((line) => line.includes("answered 500"))).toEqual([]);
  expect(lines.at(-1)).toBe("POST path_1, no body: 0 ms ago, answered 200");
});

test("has nothing to tell before the first request", () => {
  expect(new RequestShapes().describe(0)).toEqual([]);
});
