// All that Edge is asked to reach, by subject.

import { EDITING } from "./targets/editing.ts";
import { GUARDING } from "./targets/guarding.ts";
import { PASSING } from "./targets/judging.ts";
import { LIVING } from "./targets/living.ts";
import { SEEING } from "./targets/seeing.ts";
import type { Target } from "./targets/target.ts";

export const TARGETS: Readonly<Record<string, readonly Target[]>> = {
  "Passing on and judging": PASSING,
  Editing: EDITING,
  "Small and quick": LIVING,
  "Under attack, and when things fail": GUARDING,
  "Seeing, and beside others": SEEING,
};
