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
  /** Had samples, ever: nothing about it changes any more. */
  isSettled: boolean;
  /** Had a TYPE before its first sample. */
  isTyped: boolean;
  readonly seen: Set<string>;
  readonly denied: Set<string>;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  gaugehistogram: ["_bucket", "_gsum", "_gcount"],
  summary: ["_sum", "_count", "_created"],
  info: ["_info"],
};
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"`;
/** With what may follow it: otherwise its quotes are not a pair. */
const CLOSED = String.raw`${QUOTED}(?=[ \t]*[,=}])`;
const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL_NAME = "[a-zA-Z0-9_:]+";
const COMPOSITE = String.raw`\{[ \t]*[a-z_]+[ \t]*:`;
const NUMBER = String.raw`[+-]?(?:[0-9.]|(?:nan|inf|infinity)(?!\S)|${COMPOSITE})`;
/** Up to the end of the line; strings of exemplars may hold line ends. */
const VALUE = `${NUMBER}[^#\\n]*(?:#(?:[^"\\n]|${CLOSED})*)?`;
const ONE_LINE_VALUE = `${NUMBER}.*`;
const METADATA = new RegExp(
  String.raw`^[ \t]*#[ \t]+(HELP|TYPE|UNIT)[ \t]+(${QUOTED}|[^ \t"][^ \t]*)(?:[ \t]+(.*)|)$`,
);
const EOF = /^[ \t]*#[ \t]+EOF[ \t]*$/;
const COMMENT = /^[ \t]*(?:#.*)?$/;
const PLAIN = `[ \\t]*(${NAME})[ \\t]+`;
const BRACED = String.raw`[ \t]*(${NAME})?[ \t]*(?!${COMPOSITE})\{((?:[^"}\n]|${CLOSED})*)\}[ \t]*`;
const PLAIN_SAMPLE = new RegExp(`^${PLAIN}(?:${VALUE}|${ONE_LINE_VALUE})$`, "i");
const BRACED_SAMPLE = new RegExp(`^${BRACED}(?:${VALUE}|${ONE_LINE_VALUE})$`, "i");
/** Samples, and metadata, that go over several lines, with the newline behind them. */
const JOINED = new RegExp(
  String.raw`(?:(?:${PLAIN}|${BRACED})${VALUE}|[ \t]*#[ \t]+(?:HELP|TYPE|UNIT)[ \t]+${QUOTED}[ \t].*)(?:\n|(?![^]))`,
  "iy",
);
const PART = new RegExp(
  String.raw`^[ \t]*(${LABEL_NAME}|${QUOTED})[ \t]*(?:=[ \t]*(${QUOTED})[ \t]*)?(?:,|$)`,
);

function unescape(text: string, quotes: boolean): string {
  return text.replace(/\\([^])/g, (whole, char: string) => {
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

const BARE = { type: "", help: "", unit: "" };

/** With their newlines; of several where a string goes over them. */
function linesOf(text: string): string[] {
  const all: string[] = [];
  for (let at = 0; at < text.length;) {
    JOINED.lastIndex = at;
    const end = text.indexOf("\n", at);
    const single = end < 0 ? text.slice(at) : text.slice(at, end + 1);
    const joined = JOINED.exec(text)?.[0];
    // Metadata and samples of one line are one either way.
    const isLonger = joined !== undefined && joined.length > single.length;
    const line = isLonger && isOneEntry(joined) ? joined : single;
    all.push(line);
    at += line.length;
  }
  return all;
}

function isOneEntry(line: string): boolean {
  const bare = line.replace(/\r?\n?$/, "");
  return METADATA.test(bare) || sampleOf(bare) !== undefined;
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
    (SUFFIXES[family.type] ?? []).some(
      (suffix) => name === family.name + suffix && !family.denied.has(suffix),
    );
  const baseOf = (name: string): FamilyState | undefined => {
    const suffix = /.(_[a-z]*)$/.exec(name)?.[1] ?? "";
    return suffix === "" ? undefined : known.get(name.slice(0, name.length - suffix.length));
  };
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
    isSettled: false,
    isTyped: false,
    seen: new Set(),
    denied: new Set(),
  });

  for (const line of linesOf(text)) {
    const bare = line.replace(/\r?\n?$/, "");
    const metadata = METADATA.exec(bare);
    if (EOF.test(bare)) {
      leave();
      out.push(line);
    } else if (metadata !== null) {
      const name = unquote(metadata[2]!);
      if (current?.name !== name || current.samples > 0) {
        leave();
        if (!known.has(name) && baseOf(name)?.seen.has(name) === true) {
          // About samples of another family.
          out.push(line);
          continue;
        }
        const family = known.get(name) ?? fresh(name);
        known.set(name, enter(family));
      }
      const rest = metadata[3] ?? "";
      if (current!.isSettled) {
        // Too late.
      } else if (metadata[1] === "TYPE") {
        current!.type = rest.trim().toLowerCase();
        current!.isTyped = true;
        for (const suffix of SUFFIXES[current!.type] ?? []) {
          const own = known.get(name + suffix);
          if (own?.isSettled !== true) continue;
          current!.denied.add(suffix);
          if (!own.isTyped) Object.assign(current!, { ...BARE, isSettled: true });
        }
      } else if (metadata[1] === "UNIT") current!.unit = rest.trim();
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
        leave();
        const same = known.get(name);
        const base = baseOf(name);
        const isBase = base !== undefined && belongs(base, name);
        const family =
          isBase && (same === undefined || (!same.isSettled && base.seen.has(name)))
            ? base
            : (same ?? fresh(name));
        known.set(family.name, enter(family));
      }
      current!.isSettled = true;
      current!.seen.add(name);
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
