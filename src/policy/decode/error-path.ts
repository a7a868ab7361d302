// Finds the path in a policy that an error is about, so that messages can give the line and column.

import type { PathSegment } from "../../core/document/document-error.ts";

const STEP = /^([A-Za-z_]+)(?:\[(\d+)\])?$/;
const UNKNOWN_KEY = /^unknown key ("(?:[^"\\]|\\.)*")/;

/**
 * Path inside the policy: `log: match[0]: exact: …` is ["log", "match", 0, "exact"]. The last
 * segments may not exist if the error says that something is missing.
 */
export function errorPath(error: string): PathSegment[] {
  const path: PathSegment[] = [];
  const steps = error.split(": ");
  for (const [at, text] of steps.entries()) {
    const step = STEP.exec(text);
    if (step?.[1] === undefined || at === steps.length - 1) {
      const key = UNKNOWN_KEY.exec(steps.slice(at).join(": "))?.[1];
      if (key !== undefined) path.push(keyOf(key));
      else if (text.startsWith("invalid regex ")) path.push("regex");
      break;
    }
    if (at > 0 || step[1] !== "policy") path.push(step[1]);
    if (step[2] !== undefined) path.push(Number(step[2]));
  }
  return path;
}

/** The quoted key was written by JSON.stringify. */
function keyOf(quoted: string): string {
  return JSON.parse(quoted) as string;
}
