// What other parts may do with the bytes of a single line: show them as text, and judge the line
// by itself.

import type { Encodings } from "../together.ts";
import { loneRecords } from "../lone-records.ts";
import { LINE_ENCODING } from "./line-judging.ts";
import { LinesFormat } from "./lines-format.ts";
import type { LineSyntax } from "./syntax/line-record.ts";

/** Of lines that are read so; of containers' files, what the container wrote. */
export function encodingsOfLines(syntax: LineSyntax): Encodings {
  const alone = () => Promise.resolve(loneRecords(new LinesFormat({ syntax })));
  return new Map([[LINE_ENCODING, { payload: "text", alone }]]);
}
