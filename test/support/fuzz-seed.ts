// Loaded before every test file: which random inputs the fuzz tests make. A run is repeatable, so
// that a change is judged by what it changed; `bun run fuzz tests` looks at other inputs each time.
// EDGE_FUZZ_SEED: a whole number, or "random". A test that fails prints its seed and its path.

import * as fc from "fast-check";

const SEED_DEFAULT = 20_260_101;

const asked = process.env["EDGE_FUZZ_SEED"] ?? String(SEED_DEFAULT);
if (asked !== "random") fc.configureGlobal({ seed: Number(asked) });
