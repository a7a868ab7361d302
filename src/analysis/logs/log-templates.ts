// Templates of log lines, found as they stream by: Drain (He, Zhu, Zheng and Lyu, 2017), a tree of
// fixed depth over groups, lengths and first words, whose leaves hold clusters of similar lines;
// held in bounded memory by SpaceSaving. Words are known by their hashes; the words themselves are
// held only of clusters that were seen often enough.

import { spread } from "../../core/hash.ts";
import { SpaceSaving } from "../space-saving.ts";
import { type Counted, type Look, Tally } from "../tally.ts";
import type { MaskedLine } from "./masked-line.ts";
import { isPlain, MASKED_HASH } from "./masked-tokens.ts";

/** Stands in a template where its lines differ, among hashes and among words. */
const ANY = 0;
const ANY_WORD = "\u0003";
/**
 * Share of words that a line has to have in common with a cluster (the paper's `st`): of all, and
 * of those in which nothing is masked, because lines of many messages have the same keys.
 */
const SIMILARITY_MIN = 0.6;
/** First words that are told apart below one length; further ones share a leaf (`maxChild`). */
const FIRST_WORDS_MAX = 100;
/** Clusters of a leaf that a line is compared with; those that were met last come first. */
const COMPARED_MAX = 32;

/** A cluster, to be sent and merged. */
export interface TemplateCounts extends Counted {
  readonly group: number;
  readonly hashes: Int32Array;
  readonly isCut: boolean;
  /** By word: its text with masks; undefined where lines differ. Undefined: seen too seldom. */
  readonly words: readonly (string | undefined)[] | undefined;
}

class Cluster extends Tally {
  readonly leaf: Leaf;
  readonly hashes: Int32Array;
  /** Its words with spaces between them: many short texts would take much more memory. */
  text: string | undefined;

  constructor(leaf: Leaf, hashes: Int32Array) {
    super();
    this.leaf = leaf;
    this.hashes = hashes;
  }
}

interface Leaf {
  readonly key: number;
  readonly branch: Branch;
  readonly group: number;
  readonly isCut: boolean;
  readonly clusters: Cluster[];
}

/** All lines of a group and a length. */
interface Branch {
  readonly key: number;
  leaves: number;
}

export interface LogTemplatesOptions {
  readonly clustersMax: number;
  /** Records after which the words of a cluster are held. */
  readonly shownMin: number;
}

export class LogTemplates {
  readonly #shownMin: number;
  readonly #held: SpaceSaving<Cluster>;
  readonly #leaves = new Map<number, Leaf>();
  readonly #branches = new Map<number, Branch>();

  constructor({ clustersMax, shownMin }: LogTemplatesOptions) {
    this.#shownMin = shownMin;
    this.#held = new SpaceSaving<Cluster>(clustersMax, (cluster) => this.#forget(cluster));
  }

  get size(): number {
    return this.#held.size;
  }

  get bytesErrorMax(): number {
    return this.#held.errorMax;
  }

  /** Counts a line of the group. */
  observe(group: number, line: MaskedLine, look: Look, bytes: number): void {
    const { count, hashes, isCut } = line;
    const words = hashes.subarray(0, count);
    const known = this.#find(group, words, isCut);
    const cluster = known ?? this.#create(group, words.slice(), isCut);
    cluster.add(look, bytes);
    if (known === undefined) this.#held.add(cluster);
    else if (cluster.text === undefined && cluster.seen >= this.#shownMin) {
      cluster.text = textOf(cluster.hashes, (i) => line.text(i));
    }
  }

  /** Adds a cluster of another one, of the same seed. */
  merge({ group, hashes, isCut, words, ...counted }: TemplateCounts): void {
    const known = this.#find(group, hashes, isCut);
    const cluster = known ?? this.#create(group, hashes.slice(), isCut);
    cluster.merge(counted);
    if (known === undefined) this.#held.add(cluster);
    if (words !== undefined) cluster.text ??= textOf(cluster.hashes, (i) => words[i]);
  }

  *counts(): Generator<TemplateCounts, void> {
    for (const cluster of this.#held.things()) {
      const { leaf, hashes, text } = cluster;
      const words = text === undefined ? undefined : wordsIn(text);
      yield { ...cluster.counted, group: leaf.group, hashes, isCut: leaf.isCut, words };
    }
  }

  /** The cluster that the line belongs to, which from now on holds for it, too. */
  #find(group: number, hashes: Int32Array, isCut: boolean): Cluster | undefined {
    const branch = branchKey(group, hashes.length, isCut);
    const leaf =
      this.#leaves.get(leafKey(branch, hashes[0] ?? ANY)) ?? this.#leaves.get(leafKey(branch, ANY));
    if (leaf === undefined) return undefined;
    const { clusters } = leaf;
    let best = -1;
    let most = 0;
    const compared = Math.min(clusters.length, COMPARED_MAX);
    for (let i = 0; i < compared && most < 1; i++) {
      const likeness = similarity((clusters[i] as Cluster).hashes, hashes);
      if (likeness < SIMILARITY_MIN || likeness <= most) continue;
      best = i;
      most = likeness;
    }
    const found = clusters[best];
    if (found === undefined) return undefined;
    if (best > 0) [clusters[best], clusters[best - 1]] = [clusters[best - 1] as Cluster, found];
    if (most < 1) generalize(found, hashes);
    return found;
  }

  #create(group: number, hashes: Int32Array, isCut: boolean): Cluster {
    const leaf = this.#leafFor(group, hashes, isCut);
    const cluster = new Cluster(leaf, hashes);
    leaf.clusters.unshift(cluster);
    return cluster;
  }

  #leafFor(group: number, hashes: Int32Array, isCut: boolean): Leaf {
    const of = branchKey(group, hashes.length, isCut);
    const branch = this.#branches.get(of) ?? { key: of, leaves: 0 };
    const isOneTooMany = branch.leaves >= FIRST_WORDS_MAX;
    const key = leafKey(of, isOneTooMany ? ANY : (hashes[0] ?? ANY));
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const leaf = { key, branch, group, isCut, clusters: [] };
    branch.leaves++;
    this.#branches.set(of, branch);
    this.#leaves.set(key, leaf);
    return leaf;
  }

  #forget(cluster: Cluster): void {
    const { leaf } = cluster;
    const { branch, clusters } = leaf;
    clusters.splice(clusters.indexOf(cluster), 1);
    if (clusters.length > 0) return;
    this.#leaves.delete(leaf.key);
    if (--branch.leaves === 0) this.#branches.delete(branch.key);
  }
}

/** From 0 to 1; 1 when the template holds for the line as it is. */
function similarity(template: Int32Array, hashes: Int32Array): number {
  if (template.length !== hashes.length) return 0;
  let equal = 0;
  let wanted = 0;
  let masked = 0;
  let plain = 0;
  let plainEqual = 0;
  for (let i = 0; i < template.length; i++) {
    const word = template[i] as number;
    if (word === ANY) continue;
    if (isPlain(word)) {
      plain++;
      if (word === hashes[i]) plainEqual++;
    }
    // That both have values says nothing of what they are.
    if (word === MASKED_HASH && hashes[i] === MASKED_HASH) masked++;
    else {
      wanted++;
      if (word === hashes[i]) equal++;
    }
  }
  if (plain > 0 && plainEqual / plain < SIMILARITY_MIN) return 0;
  if (wanted > 0) return equal / wanted;
  return masked === template.length ? 1 : 0;
}

function generalize(cluster: Cluster, hashes: Int32Array): void {
  const { hashes: template, text } = cluster;
  const words = text?.split(" ");
  for (let i = 0; i < template.length; i++) {
    if (template[i] === hashes[i]) continue;
    template[i] = ANY;
    if (words !== undefined) words[i] = ANY_WORD;
  }
  cluster.text = words?.join(" ");
}

function textOf(hashes: Int32Array, wordOf: (token: number) => string | undefined): string {
  const words = Array.from(hashes, (hash, i) => (hash === ANY ? ANY_WORD : wordOf(i)));
  return words.map((word) => word ?? ANY_WORD).join(" ");
}

function wordsIn(text: string): (string | undefined)[] {
  if (text === "") return [];
  return text.split(" ").map((word) => (word === ANY_WORD ? undefined : word));
}

function branchKey(group: number, count: number, isCut: boolean): number {
  return (group * 128 + count) * 2 + (isCut ? 1 : 0);
}

/** Keys that collide mix leaves, whose clusters are still told apart by their words. */
function leafKey(branch: number, first: number): number {
  return (branch % 2 ** 20) * 2 ** 32 + (spread(first ^ branch) >>> 0);
}
