// A second reading of what the streaming filter does, for the differential test: whole texts,
// strings and maps, nothing bounded and nothing shared with the filter but the words of the
// specification.

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** The family's name, type and texts; a sample without metadata is its own family. */
  readonly family: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Whether a policy drops the sample. */
export type Drops = (sample: Sample) => boolean;

interface FamilyState {
  readonly name: string;
  type: string;
  help: string;
  unit: string;
  /** Lines that go out with the next kept sample. */
  waiting: string[];
  samples: number;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  gaugehistogram: ["_bucket", "_gsum", "_gcount"],
  summary: ["_sum", "_count", "_created"],
  info: ["_info"],
};
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL_NAME = "[a-zA-Z0-9_:]+";
const VALUE = String.raw`[+-]?(?:[0-9.]\S*|(?:nan|inf|infinity)(?!\S)).*`;
const METADATA = new RegExp(
  String.raw`^[ \t]*#[ \t]+(HELP|TYPE|UNIT)[ \t]+(${QUOTED}|[^ \t"][^ \t]*)(?:[ \t]+(.*)|)$`,
);
const EOF = /^[ \t]*#[ \t]+EOF[ \t]*$/;
const COMMENT = /^[ \t]*(?:#.*)?$/;
const PLAIN_SAMPLE = new RegExp(`^[ \\t]*(${NAME})[ \\t]+${VALUE}$`, "i");
const BRACED_SAMPLE = new RegExp(
  String.raw`^[ \t]*(${NAME})?[ \t]*\{((?:[^"}]|${QUOTED})*)\}[ \t]*${VALUE}$`,
  "i",
);
const PART = new RegExp(
  String.raw`^[ \t]*(${LABEL_NAME}|${QUOTED})[ \t]*(?:=[ \t]*(${QUOTED})[ \t]*)?(?:,|$)`,
);

function unescape(text: string, quotes: boolean): string {
  return text.replace(/\\(.)/g, (whole, char: string) => {
    if (char === "\\") return "\\";
    if (char === "n") return "\n";
    return char === '"' && quotes ? '"' : whole;
  });
}
function unquote(text: string): string {
  return text.startsWith('"') ? unescape(text.slice(1, -1), true) : text;
}

/** Name and labels of a sample line, or undefined when it is none. */
function sampleOf(line: string): { name: string; labels: Map<string, string> } | undefined {
  const plain = PLAIN_SAMPLE.exec(line);
  if (plain !== null) return { name: plain[1]!, labels: new Map() };
  const braced = BRACED_SAMPLE.exec(line);
  if (braced === null) return undefined;
  let name = braced[1];
  let rest = braced[2]!;
  const labels = new Map<string, string>();
  while (!/^[ \t]*$/.test(rest)) {
    const part = PART.exec(rest);
    if (part === null) return undefined;
    const [whole, key = "", value] = part;
    if (value !== undefined) labels.set(unquote(key), unquote(value));
    else if (!key.startsWith('"') || name !== undefined) return undefined;
    else name = unquote(key);
    rest = rest.slice(whole.length);
  }
  return name === undefined ? undefined : { name, labels };
}

export function filterWhole(text: string, drops: Drops, openMetrics: boolean): string {
  const out: string[] = [];
  const known = new Map<string, FamilyState>();
  let current: FamilyState | undefined;
  const emit = (family: FamilyState | undefined): void => {
    out.push(...(family?.waiting ?? []));
    if (family !== undefined) family.waiting = [];
  };
  const leave = (): void => {
    if (current?.samples === 0) emit(current);
    current = undefined;
  };
  const belongs = (family: FamilyState, name: string): boolean =>
    name === family.name ||
    (SUFFIXES[family.type] ?? []).some((suffix) => name === family.name + suffix);
  const enter = (family: FamilyState): FamilyState => {
    leave();
    family.samples = 0;
    current = family;
    return family;
  };
  const fresh = (name: string): FamilyState => ({
    name,
    type: "",
    help: "",
    unit: "",
    waiting: [],
    samples: 0,
  });

  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const bare = line.replace(/\r?\n?$/, "");
    const metadata = METADATA.exec(bare);
    if (EOF.test(bare)) {
      leave();
      out.push(line);
    } else if (metadata !== null) {
      const name = unquote(metadata[2]!);
      if (current?.name !== name || current.samples > 0) {
        const family = known.get(name) ?? fresh(name);
        known.set(name, enter(family));
      }
      const rest = metadata[3] ?? "";
      if (metadata[1] === "TYPE") current!.type = rest.trim().toLowerCase();
      else if (metadata[1] === "UNIT") current!.unit = rest.trim();
      else current!.help = unescape(rest, openMetrics);
      current!.waiting.push(line);
    } else if (COMMENT.test(bare)) {
      if (current !== undefined && current.samples === 0 && current.waiting.length > 0) {
        current.waiting.push(line);
      } else out.push(line);
    } else {
      const sample = sampleOf(bare);
      if (sample === undefined) {
        emit(current);
        out.push(line);
        continue;
      }
      const { name, labels } = sample;
      if (current === undefined || !belongs(current, name)) {
        const suffix = /.(_[a-z]*)$/.exec(name)?.[1] ?? "";
        const base = known.get(name.slice(0, name.length - suffix.length));
        enter(known.get(name) ?? (base && belongs(base, name) ? base : fresh(name)));
      }
      const { name: family, type, help, unit } = current!;
      current!.samples++;
      if (drops({ name, labels, family, type, help, unit })) continue;
      emit(current);
      out.push(line);
    }
  }
  leave();
  return out.join("");
}
