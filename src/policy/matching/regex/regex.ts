// A compiled regex behind the port: parsed at once, everything else made when first used.

import { analyzeTree } from "./analyze.ts";
import type { Node } from "./ast.ts";
import { compileFind, compileSearch } from "./compile.ts";
import type { CachePool } from "./dfa.ts";
import { existenceTree } from "./existence.ts";
import { REGEX_CACHE_BYTES_MAX } from "./limits.ts";
import { Finder } from "./nfa.ts";
import { parseRegex } from "./parse.ts";
import type { Regex, RegexShape } from "./port.ts";
import { Searcher } from "./search.ts";
import { simplify } from "./simplify.ts";

export interface RegexOptions {
  readonly caseInsensitive: boolean;
  /**
   * Memory that this regex shares with others. Default: none, only the bound of each regex holds.
   */
  readonly pool?: CachePool;
  /** Bound of this regex's state cache in bytes. Default: REGEX_CACHE_BYTES_MAX. */
  readonly cacheBytesMax?: number;
}

export class CompiledRegex implements Regex {
  readonly pattern: string;
  readonly groupNames: readonly (string | undefined)[];
  private readonly root: Node;
  private readonly options: RegexOptions;
  private tree: Node | undefined;
  private searcher: Searcher | undefined;
  private finder: Finder | undefined;

  constructor(pattern: string, options: RegexOptions) {
    const { root, groupNames } = parseRegex(pattern, options.caseInsensitive);
    this.pattern = pattern;
    this.groupNames = groupNames;
    this.root = root;
    this.options = options;
  }

  get groupCount(): number {
    return this.groupNames.length;
  }

  /** What must match somewhere for the regex to match. */
  get existence(): Node {
    this.tree ??= existenceTree(this.root);
    return this.tree;
  }

  shape(): RegexShape {
    return analyzeTree(this.existence);
  }

  test(bytes: Uint8Array, start: number, end: number): boolean {
    return this.search().test(bytes, start, end, start);
  }

  find(bytes: Uint8Array, start: number, end: number, from: number, captures: Int32Array): boolean {
    // Most texts have no match, and the state cache says so much faster than threads do.
    if (!this.search().test(bytes, start, end, from)) return false;
    this.finder ??= new Finder(compileFind(simplify(this.root)), this.groupCount);
    return this.finder.find(bytes, start, end, from, captures);
  }

  /** Steps taken so far by all means but remembered ones. */
  get work(): number {
    return (this.searcher?.stepper.work ?? 0) + (this.finder?.work ?? 0);
  }

  private search(): Searcher {
    this.searcher ??= new Searcher(
      compileSearch([this.existence]),
      this.options.cacheBytesMax ?? REGEX_CACHE_BYTES_MAX,
      this.options.pool,
    );
    return this.searcher;
  }
}
