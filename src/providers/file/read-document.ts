// Reads a policy file's text without holding up the thread: JSON in steps, small YAML at once,
// larger YAML in a thread of its own.

import { YAML_INLINE_CHARS_MAX } from "../../core/limits.ts";
import { type DocumentPath, parseJsonSteps, type Position } from "../../core/document/index.ts";
import { isJsonFile } from "../../yaml/index.ts";
import { type Pause, runInSteps } from "../../system/pause.ts";
import { jsonDocumentSteps, parsePolicyDocument, type PolicyDocument } from "./policy-document.ts";
import { readYamlInThread } from "./yaml-job.ts";

export interface ReadDocument {
  readonly tree: unknown;
  /** As that of PolicyDocument. Rejects with PolicyDocumentError when it would take too long. */
  locate(paths: readonly DocumentPath[]): Promise<readonly Position[]>;
}

/** Rejects with PolicyDocumentError. */
export async function readPolicyDocument(
  text: string,
  fileName: string,
  pause?: Pause,
): Promise<ReadDocument> {
  if (isJsonFile(fileName, text)) {
    return here(await runInSteps(jsonDocumentSteps(text, fileName), pause), pause);
  }
  if (text.length <= YAML_INLINE_CHARS_MAX) return here(parsePolicyDocument(text, fileName), pause);
  const read = await readYamlInThread(text, fileName);
  const json = read.kind === "tree" ? read.json : "null";
  return {
    tree: await runInSteps(parseJsonSteps(json), pause),
    async locate(paths) {
      const found = await readYamlInThread(text, fileName, paths);
      return found.kind === "places" ? found.places : [];
    },
  };
}

function here({ tree, locateSteps }: PolicyDocument, pause: Pause | undefined): ReadDocument {
  function* allOf(paths: readonly DocumentPath[]): Generator<undefined, Position[]> {
    const found: Position[] = [];
    for (const path of paths) found.push(yield* locateSteps(path));
    return found;
  }
  return { tree, locate: (paths) => runInSteps(allOf(paths), pause) };
}
