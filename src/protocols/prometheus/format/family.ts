// The current metric family: its name and metadata, in buffers of its own because they outlive the
// chunk that they came in, and the lines of metadata that wait for the first kept sample.

import { sameRange } from "../../../core/bytes.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import {
  allowsSuffix,
  FamilyType,
  type FamilyTypeIndex,
  suffixAt,
  type SuffixIndex,
  typeNamed,
} from "./family-type.ts";
import { type LineKindIndex, LineKind, type LineParser } from "./line-parser.ts";
import { UnescapeBuffer } from "./unescape.ts";

/**
 * What is remembered of a family: bytes that begin at `at`, in which each part ends where the next
 * begins.
 */
export interface Remembered {
  readonly type: FamilyTypeIndex;
  /** Whether there was a TYPE, of a known kind or not, before its first sample. */
  readonly hasType: boolean;
  readonly isSettled: boolean;
  readonly seen: number;
  readonly denied: number;
  /** Whether it is in the half that is not forgotten next. */
  readonly isRecent: boolean;
  readonly bytes: Uint8Array;
  readonly at: number;
  /** Offsets of the texts of HELP and UNIT, and of the waiting lines; the name comes first. */
  readonly help: number;
  readonly unit: number;
  readonly block: number;
  readonly end: number;
}

/** The current family: its name, its type and the metadata that is held back. */
export class Family {
  isOpen = false;
  /** A different number for each family that is opened. */
  serial = 0;
  /** The number of samples since the current metadata. */
  samples = 0;
  /**
   * Whether a sample has been judged: the type, the texts and the name that applied then apply to
   * all later samples. Otherwise metadata that comes late would split the family.
   */
  isSettled = false;
  /** One bit for each suffix that its samples had. */
  seen = 0;
  /** One bit for each suffix whose names are separate families. */
  denied = 0;
  /** Whether the table has it in its current state. */
  isRemembered = false;
  /** The unescaped name. */
  readonly name = new ByteBuffer(256);
  type: FamilyTypeIndex = FamilyType.none;
  /** Whether a TYPE came before the first sample. */
  hasType = false;
  /** Whether there is any metadata: a family without it is just a name. */
  hasMetadata = false;
  /** Lines of metadata, and of comments among them, as they came in. */
  readonly block = new ByteBuffer(1024);
  /** Whether the block is waiting, because no sample has been kept yet. */
  isHeld = false;
  /** Where the block is in the current chunk, if all of it is there; otherwise -1. */
  blockStart = -1;
  blockEnd = -1;
  /** Texts of HELP and UNIT, unescaped. */
  readonly help = new ByteBuffer(256);
  readonly unit = new ByteBuffer(32);
  private readonly unescaped = new UnescapeBuffer();

  /** Begins a family of this name, without metadata. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.isOpen = true;
    this.serial++;
    this.samples = 0;
    this.isSettled = false;
    this.seen = 0;
    this.denied = 0;
    this.isRemembered = false;
    this.name.clear();
    this.name.append(bytes, start, end);
    this.type = FamilyType.none;
    this.hasType = false;
    this.hasMetadata = false;
    this.block.clear();
    this.isHeld = false;
    this.blockStart = -1;
    this.help.clear();
    this.unit.clear();
  }

  /** Whether its name is bytes[start, end). */
  isCalled(bytes: Uint8Array, start: number, end: number): boolean {
    return sameRange(this.name.bytes, 0, this.name.length, bytes, start, end);
  }

  /** The suffix with which bytes[start, end) is the name of one of its samples, or -1. */
  suffixOf(bytes: Uint8Array, start: number, end: number): SuffixIndex {
    const { name } = this;
    const { length } = name;
    const rest = start + length;
    if (rest > end) return -1;
    if (!sameRange(name.bytes, 0, length, bytes, start, rest)) return -1;
    if (rest === end) return 0;
    const suffix = suffixAt(bytes, rest, end);
    return suffix > 0 && this.allows(suffix) ? suffix : -1;
  }

  private allows(suffix: SuffixIndex): boolean {
    return allowsSuffix(this.type, suffix) && (this.denied & (1 << suffix)) === 0;
  }

  /** Counts a sample whose name ends with this suffix. */
  meet(suffix: SuffixIndex): void {
    this.samples++;
    const seen = this.seen | (1 << suffix);
    if (this.isSettled && seen === this.seen) return;
    this.seen = seen;
    this.isSettled = true;
    this.isRemembered = false;
  }

  /** From now on it has no metadata. */
  settleBare(): void {
    this.isSettled = true;
    this.type = FamilyType.none;
    this.help.clear();
    this.unit.clear();
  }

  /**
   * Adopts what a line of metadata says, which `parser` has just read from `bytes`, unless it comes
   * too late. In OpenMetrics, help texts have escaped quotes.
   */
  describe(kind: LineKindIndex, parser: LineParser, bytes: Uint8Array, openMetrics: boolean): void {
    const { textStart, textEnd } = parser;
    this.hasMetadata = true;
    this.isRemembered = false;
    if (this.isSettled) return;
    if (kind === LineKind.type) {
      this.hasType = true;
      this.type = typeNamed(bytes, textStart, trimmedEnd(bytes, textStart, textEnd));
    } else if (kind === LineKind.unit) {
      this.unit.clear();
      this.unit.append(bytes, textStart, trimmedEnd(bytes, textStart, textEnd));
    } else {
      const { unescaped, help } = this;
      unescaped.reset();
      const from = unescaped.write(bytes, textStart, textEnd, openMetrics);
      help.clear();
      help.append(unescaped.bytes, from, unescaped.end);
    }
  }

  /** Adopts what a message says: ranges of `bytes`, nothing escaped. */
  describeAs(
    type: FamilyTypeIndex,
    bytes: Uint8Array,
    help: readonly [start: number, end: number],
    unit: readonly [start: number, end: number],
  ): void {
    this.type = type;
    this.help.append(bytes, ...help);
    this.unit.append(bytes, ...unit);
  }

  /** Adds the line bytes[start, end) of the current chunk to the block, which waits from now on. */
  hold(bytes: Uint8Array, start: number, end: number): void {
    if (this.block.length === 0) this.blockStart = start;
    this.blockEnd = end;
    this.block.append(bytes, start, end);
    this.isHeld = true;
    this.isRemembered = false;
  }

  /** Adopts what is remembered of its earlier samples and metadata. */
  recall(known: Remembered): void {
    const { bytes, at } = known;
    this.type = known.type;
    this.hasType = known.hasType;
    this.isSettled = known.isSettled;
    this.seen = known.seen;
    this.denied = known.denied;
    this.hasMetadata = true;
    this.help.append(bytes, at + known.help, at + known.unit);
    this.unit.append(bytes, at + known.unit, at + known.block);
    this.block.append(bytes, at + known.block, at + known.end);
    this.isHeld = this.block.length > 0;
    this.isRemembered = known.isRecent;
    this.leaveChunk();
  }

  /** The current chunk is over, so the block is in no chunk any more. */
  leaveChunk(): void {
    this.blockStart = -1;
    this.blockEnd = -1;
  }
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let stop = end;
  while (stop > start && (bytes[stop - 1] === 0x20 || bytes[stop - 1] === 0x09)) stop--;
  return stop;
}
