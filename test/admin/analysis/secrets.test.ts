// No secret of a line is on a page: random ones, planted where lines have values, the same one in
// so many lines that what stands there would be shown if it were a word.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { AdminEdge, JSON_HEADERS, logRecord, otlpLogs } from "../../support/admin-edge.ts";

const LINES_EACH = 12;
const RUNS = 300;
const PAGES = [
  "analysis",
  "analysis?format=text",
  "suggestions?errors=true",
  "suggestions?errors=true&format=yaml",
];

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const BASE64 = `${LETTERS}${LETTERS.toUpperCase()}0123456789+/`;
const text = (letters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(letters)), minLength, maxLength });
/** What people have as passwords and names: letters alone. */
const word = text(LETTERS, 6, 14);
/** What machines make: it is no word wherever it stands. */
const made = fc.oneof(
  fc.uuid(),
  text("0123456789abcdef", 16, 64),
  text(BASE64, 24, 88).filter(
    (token) => /\d/.test(token) && /[a-z]/.test(token) && /[A-Z]/.test(token),
  ),
  fc
    .tuple(text(BASE64, 30, 40), text(BASE64, 40, 80), text(BASE64, 40, 44))
    .map((parts) => ["eyJ", ...parts].join(".").replace("eyJ.", "eyJ")),
  fc.tuple(word, word).map(([user, host]) => `${user}@${host}.example`),
  fc.tuple(word, word).map(([user, pass]) => `https://${user}:${pass}@db.example/x`),
  text("0123456789", 4, 19),
  fc.ipV4(),
);

/** Where a secret stands by itself, whatever it is like; S is the secret. */
const NAMED = [
  "login failed, password: S",
  "login failed, password=S for admin",
  "Password for bob: S",
  "the password for the new user is S",
  "db_password -> S in use",
  "Authorization: Bearer S",
  "Cookie: S; path=here",
  "started with --token S and no more",
  "using api_key S",
  "user: S logged in",
  "customer: S, city: S",
  "lookup name=S is slow",
  "GET /search?q=S is slow",
  "GET /users/S/cart is slow",
  "the file “S” is gone",
  "the file «S» is gone",
  "the file ‘S’ is gone",
  "the file „S“ is gone",
  "the file 'S' is gone",
  'the file "S" is gone',
  "the file `S` is gone",
  'got " and then S came',
  'got "one" and "S came',
  "got 'one and S came",
  "failed: S",
  "failed: S, retrying",
  "customer:S gone",
  '{"msg":"signed in","user":"S"}',
  '{"msg":"signed in as \\"S\\" now","n":5}',
  '{"msg":"signed in as \\"S","n":5}',
  '{"msg":"the token S is old"}',
  '{"user":{"first":"S","tags":["S","S"]},"level":"info"}',
  'level=info msg="signed in" user=S',
  'level=info msg="the secret S was read" user=S',
  "<name>S</name> was stored",
];
/** Where anything may stand. */
const BARE = [
  "order S is done",
  "S",
  "fetched S from the cache of (S)",
  "job [S] {S} <S> ended",
  "path /var/run/S/data is full",
  "sent S, S; and S.",
  'level=info msg="order S is done"',
];

const planted = fc.oneof(
  fc.record({ line: fc.constantFrom(...NAMED), secret: fc.oneof(word, made) }),
  fc.record({ line: fc.constantFrom(...BARE), secret: made }),
);

/** What of a secret would tell it: itself, and its parts that are not short. */
function tellingParts(secret: string): string[] {
  const parts = secret.split(/[^A-Za-z0-9]+/).filter((part) => part.length > 7);
  return [secret, ...parts.filter((part) => part !== "example")];
}

/** What is on the pages when there is nothing but this line, many times. */
async function shownOf(edge: AdminEdge, line: string): Promise<readonly string[]> {
  const post = async (path: string, body = ""): Promise<Response> =>
    edge.ask(path, { method: "POST", headers: JSON_HEADERS, body });
  const record = logRecord("INFO", line);
  await post("/_edge/analysis?seconds=60&signal=log");
  await post("/v1/logs", otlpLogs(...Array.from({ length: LINES_EACH }, () => record)));
  const shown: string[] = [];
  for (const page of PAGES) {
    const response = await edge.ask(`/_edge/${page}`);
    expect(response.status).toBe(200);
    shown.push(await response.text());
  }
  expect(shown[0]).toContain("INFO");
  return shown;
}

test("a word is on all of the pages", async () => {
  await using edge = await AdminEdge.start({ admin: { show_payloads: true } });
  const pages = await shownOf(edge, "the order of pancakes is done");
  expect(pages.map((shown) => shown.includes("pancakes"))).toEqual(PAGES.map(() => true));
});

test("no secret that stands where values stand is on any", async () => {
  await using edge = await AdminEdge.start({ admin: { show_payloads: true } });
  await fc.assert(
    fc.asyncProperty(planted, async ({ line, secret }) => {
      const pages = (await shownOf(edge, line.replaceAll("S", secret))).join("\n");
      expect(tellingParts(secret).filter((part) => pages.includes(part))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 60_000);
