// A set of policies that one thread compiles and others judge by: the tables of its programs, its
// policies as text, and their ids, all in memory that every thread can read.

import { grownBytes } from "../../core/bytes.ts";
import { type FlatMemory, FlatReader, FlatWriter } from "../matching/flat-memory.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import type { ProgramData } from "../compile/program.ts";
import { ByteTable } from "../matching/byte-table.ts";
import type { Policy } from "../model.ts";
import { policyOfText, textOfPolicy } from "./policy-text.ts";

/** Can be posted to other threads. */
export interface SharedSet {
  readonly programs: readonly ProgramData[];
  readonly policies: FlatMemory;
  /**
   * The memory of the IdTable; separate, because counts are kept by id for longer than the set is
   * in force.
   */
  readonly ids: FlatMemory;
}

/** Policies written in one step. */
const POLICIES_PER_STEP = 50;

/**
 * Writes a set in steps of about a millisecond. `policies`: by their number in the set; undefined
 * for those that do not work.
 */
export function* shareSet(
  policies: readonly (Policy | undefined)[],
  programs: readonly ProgramData[],
): Generator<undefined, SharedSet> {
  const ids = new ByteTable();
  const ends = new Int32Array(policies.length + 1);
  let texts = new Uint8Array(1024);
  let length = 0;
  for (const [number, policy] of policies.entries()) {
    if (number % POLICIES_PER_STEP === 0) yield;
    if (policy !== undefined) {
      ids.add(keyOf(policy.id));
      const text = encodeUtf8(textOfPolicy(policy));
      if (length + text.length > texts.length) {
        texts = grownBytes(texts, (length + text.length) * 2);
      }
      texts.set(text, length);
      length += text.length;
    }
    ends[number + 1] = length;
  }
  const out = new FlatWriter();
  out.ints(ends);
  out.bytes(texts, length);
  yield;
  const outIds = new FlatWriter();
  ids.write(outIds);
  return { programs, policies: out.finish(), ids: outIds.finish() };
}

/** The distinct ids of a set, numbered in the order of their first policies. */
export class IdTable {
  private readonly ids: ByteTable;

  constructor({ ids }: Pick<SharedSet, "ids">) {
    this.ids = ByteTable.read(new FlatReader(ids));
  }

  get size(): number {
    return this.ids.size;
  }

  /** -1: the set has no such policy. */
  numberOf(id: string): number {
    const key = keyOf(id);
    return this.ids.find(key, 0, key.length);
  }

  idAt(number: number): string {
    const key = decodeShared(this.ids.keyAt(number));
    // Written by keyOf.
    return key.startsWith(ESCAPED) ? (JSON.parse(key.slice(ESCAPED.length)) as string) : key;
  }
}

/** Precedes an id that UTF-8 cannot represent, or that begins with this character. */
const ESCAPED = "\u0000";

function keyOf(id: string): Uint8Array {
  const isPlain = id.isWellFormed() && !id.startsWith(ESCAPED);
  return encodeUtf8(isPlain ? id : ESCAPED + JSON.stringify(id));
}

/** The policies of a shared set, read one by one. */
export class SharedPolicyReader {
  private readonly ends: Int32Array;
  private readonly texts: Uint8Array;

  constructor({ policies }: Pick<SharedSet, "policies">) {
    const from = new FlatReader(policies);
    this.ends = from.ints();
    this.texts = from.bytes();
  }

  /** Makes a new object with each call. */
  policyAt(number: number): Policy {
    const from = this.ends[number] as number;
    return policyOfText(decodeShared(this.texts.subarray(from, this.ends[number + 1])));
  }
}

/** Decoders may refuse views of shared memory. */
function decodeShared(bytes: Uint8Array): string {
  return decodeUtf8(bytes.slice());
}
