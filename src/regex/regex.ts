// A compiled regex behind the port. It is parsed at once, so that an invalid pattern is reported;
// everything else is built at first use.

import { analyzeTree } from "./analyze.ts";
import type { Node, ParsedRegex } from "./syntax/ast.ts";
import { compileFind, compileSearch, sizeBound } from "./compile.ts";
import type { CachePool } from "./dfa.ts";
import { existenceTree, isByteWise } from "./existence.ts";
import { REGEX_CACHE_BYTES_MAX, REGEX_INSTRUCTIONS_MAX } from "../core/limits.ts";
import { Finder } from "./find.ts";
import { type Meter, unmetered } from "./meter.ts";
import { parseRegex } from "./syntax/parse.ts";
import type { MatchWalk, Regex, RegexShape } from "./port.ts";
import type { RegexProgram } from "./program.ts";
import { neverEmpty, QuickFinder } from "./quick-find.ts";
import { Searcher } from "./search.ts";
import { simplify } from "./syntax/simplify.ts";
import { TextWalk } from "./text-walk.ts";

const NO_GROUPS: readonly undefined[] = [];
const NO_MATCHES: MatchWalk = { next: () => false, stop: () => {} };

export interface RegexOptions {
  readonly caseInsensitive: boolean;
  /**
   * Memory that this regex shares with others. Default: none, only the bound of each regex holds.
   */
  readonly pool?: CachePool;
  /** Bound of this regex's state cache in bytes. Default: REGEX_CACHE_BYTES_MAX. */
  readonly cacheBytesMax?: number;
}

/** The pattern that was parsed last, because a regex is compiled and analyzed in two calls. */
let last: { pattern: string; fold: boolean; parsed: ParsedRegex } | undefined;

function parse(pattern: string, fold: boolean): ParsedRegex {
  if (last?.pattern !== pattern || last.fold !== fold) {
    last = { pattern, fold, parsed: parseRegex(pattern, fold) };
  }
  return last.parsed;
}

/**
 * Trees are not kept: they are larger than anything else, and most regexes are parsed only once
 * more.
 */
export class CompiledRegex implements Regex {
  readonly pattern: string;
  readonly groupNames: readonly (string | undefined)[];
  private readonly options: RegexOptions;
  private searcher: Searcher | undefined;
  private program: RegexProgram | undefined;
  private finder: Finder | undefined;
  private quick: QuickFinder | undefined;
  private matches: TextWalk | undefined;

  constructor(pattern: string, options: RegexOptions) {
    const { root, groupNames } = parse(pattern, options.caseInsensitive);
    // If the bound does not decide it, a trial compilation shows whether the program fits.
    if (sizeBound(root) > REGEX_INSTRUCTIONS_MAX) compileFind(simplify(root));
    this.pattern = pattern;
    this.groupNames = groupNames.length === 0 ? NO_GROUPS : groupNames;
    this.options = options;
  }

  get groupCount(): number {
    return this.groupNames.length;
  }

  /** What must match somewhere for the regex to match. */
  existence(): Node {
    return existenceTree(this.root());
  }

  shape(): RegexShape {
    return analyzeTree(this.existence());
  }

  test(bytes: Uint8Array, start: number, end: number, meter = unmetered()): boolean {
    return this.search().test(bytes, start, end, start, meter);
  }

  walk(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: number,
    meter = unmetered(),
  ): MatchWalk {
    this.matches ??= new TextWalk(this);
    return this.matches.begin(bytes, start, end, from, meter);
  }

  /**
   * Finds matches without what their groups capture; undefined: this is not possible for this
   * regex.
   */
  quickFinder(): QuickFinder | undefined {
    const root = this.root();
    if (isByteWise(root)) return undefined;
    const program = this.findProgram();
    if (!neverEmpty(program)) return undefined;
    this.quick = new QuickFinder(program, this.cacheBytesMax, this.options.pool);
    return this.quick;
  }

  /** Like `walk`, for any regex and text. */
  anyWalk(bytes: Uint8Array, start: number, end: number, from: number, meter: Meter): MatchWalk {
    // Most texts have no match, and one pass that stops at the end of the first match shows it.
    if (!this.search().test(bytes, start, end, from, meter)) return NO_MATCHES;
    return this.capturer(meter).begin(bytes, start, end, from, meter);
  }

  /** The finder that also finds groups. */
  capturer(meter: Meter): Finder {
    const { cacheBytesMax, groupCount } = this;
    const { pool } = this.options;
    this.finder ??= new Finder(this.findProgram(), groupCount, cacheBytesMax, meter, pool);
    return this.finder;
  }

  /** Steps so far that were computed rather than remembered. */
  get work(): number {
    const search = this.searcher?.stepper.work ?? 0;
    return search + (this.finder?.workInAll ?? 0) + (this.quick?.work ?? 0);
  }

  private findProgram(): RegexProgram {
    this.program ??= compileFind(simplify(this.root()));
    return this.program;
  }

  private get cacheBytesMax(): number {
    return this.options.cacheBytesMax ?? REGEX_CACHE_BYTES_MAX;
  }

  private root(): Node {
    return parse(this.pattern, this.options.caseInsensitive).root;
  }

  private search(): Searcher {
    this.searcher ??= new Searcher(
      compileSearch([this.existence()]),
      this.cacheBytesMax,
      this.options.pool,
    );
    return this.searcher;
  }
}
