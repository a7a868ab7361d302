// Reads the stream of a tap: one JSON document per line. Documents of records are kept as text,
// because 64-bit numbers do not survive parsing. Pure.

export interface TapRecord {
  readonly seq: number;
  readonly time: string;
  readonly signal: "log" | "metric" | "trace";
  readonly encoding: string;
  readonly decision: "keep" | "edit" | "drop";
  readonly droppedBy: string | undefined;
  readonly policies: readonly string[];
  readonly would: readonly Would[];
  readonly bytes: number;
  /** A request with this record alone, as JSON; undefined: it has none, or payloads are hidden. */
  readonly document: string | undefined;
  /** What is shown where there is no document; undefined: payloads are hidden. */
  readonly text: string | undefined;
}

/** What a policy that is not enforced would do. */
export interface Would {
  readonly policy: string;
  readonly would: string;
}

export interface TapNote {
  readonly tap: "open" | "waiting" | "lost" | "end";
  readonly reason?: string;
  readonly records?: number;
  readonly payloads?: boolean;
}

export type TapLine =
  | { readonly kind: "record"; readonly record: TapRecord }
  | { readonly kind: "note"; readonly note: TapNote };

const DOCUMENT = ',"document":';
const RECORD = ',"record":';

/** Undefined: not a line of a tap. */
export function readTapLine(line: string): TapLine | undefined {
  const [head, document] = split(line, DOCUMENT);
  const [bare, record] = document === undefined ? split(line, RECORD) : [head, undefined];
  let parsed: unknown;
  try {
    parsed = JSON.parse(bare);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  // What a tap prints: docs/admin.md.
  if ("tap" in parsed) return { kind: "note", note: parsed as TapNote };
  const row = parsed as Omit<TapRecord, "droppedBy" | "would"> & {
    readonly dropped_by?: string;
    readonly would?: readonly Would[];
    readonly base64?: string;
  };
  const { dropped_by: droppedBy, would = [], base64, ...rest } = row;
  return {
    kind: "record",
    record: { ...rest, droppedBy, would, document, text: rest.text ?? record ?? base64 },
  };
}

/** The member stands last, and its name with both quotes in no string before it. */
function split(line: string, member: string): readonly [string, string | undefined] {
  const at = line.indexOf(member);
  if (at < 0) return [line, undefined];
  return [`${line.slice(0, at)}}`, line.slice(at + member.length).replace(/\}\s*$/, "")];
}

/** Whole lines of a stream that comes in pieces. */
export class LineSplitter {
  #rest = "";

  push(text: string): readonly string[] {
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.filter((line) => line.trim() !== "");
  }
}
