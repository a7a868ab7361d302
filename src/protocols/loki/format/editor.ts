// Edits one entry, or the labels of a stream: the line, and names with their texts. It knows no
// encoding: whoever opens it has read what is edited, and writes the result.

import { sameBytes } from "../../../core/bytes.ts";
import { Field, Scope } from "../../../policy/fields.ts";
import {
  type FoundValues,
  type FieldSelector,
  type Reach,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../policy/record-port.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { dottedName } from "../../dotted/index.ts";
import { LEVEL_NAMES } from "./entry-values.ts";
import { labelName } from "./label-names.ts";
import { type Pair, PairList } from "./pair-list.ts";

const NOTHING = new Uint8Array(0);
const UNSAID = encodeUtf8("[REDACTED]");
const LEVELS = LEVEL_NAMES.map((name) => encodeUtf8(name));

/** What an opened editor can reach. */
type What = "entry" | "labels" | "nothing";
/** What a selector leads to: attributes are by name, the severity by several names. */
type At = "line" | "level" | "pairs" | "nowhere";

export class LokiEditor implements RecordEditor, FoundValues {
  readonly pairs = new PairList();
  line: Uint8Array = NOTHING;
  lineChanged = false;
  private what: What = "nothing";
  private at: At = "nowhere";
  /** As it is asked for, and as Loki spells it. */
  private name: Uint8Array = NOTHING;
  private spelled: Uint8Array = NOTHING;
  /** The path of the map that the attribute is in. */
  private around: FieldSelector["path"] = [];

  /** The pairs, which are to be read into `pairs`, are the metadata of an entry with this text. */
  openEntry(line: Uint8Array): void {
    this.open("entry");
    this.line = line;
  }

  /** The pairs are the labels of a stream. */
  openLabels(): void {
    this.open("labels");
  }

  /** For scopes, which streams have not. */
  openNothing(): void {
    this.open("nothing");
  }

  /** Keeps no bytes of the request. */
  close(): void {
    this.open("nothing");
  }

  get changed(): boolean {
    return this.lineChanged || this.pairs.changed;
  }

  get length(): number {
    if (this.what === "nothing") return 0;
    return this.pairs.length + (this.what === "entry" ? this.line.length : 0);
  }

  find(selector: FieldSelector): FoundValues {
    this.at = this.locate(selector);
    return this;
  }

  /** A stream has to have labels: those stay, and say nothing. */
  empty(): void {
    if (this.what === "labels") {
      for (const pair of this.pairs.pairs) this.pairs.setText(pair, UNSAID);
    } else this.pairs.removeAll(() => true);
    if (this.what === "entry") this.setLine(NOTHING);
  }

  get kind(): ValueKindIndex {
    if (this.at === "pairs")
      return this.first() === undefined ? ValueKind.absent : ValueKind.string;
    return this.text.length === 0 ? ValueKind.absent : ValueKind.string;
  }

  get text(): Uint8Array {
    return this.at === "line" ? this.line : (this.first()?.text ?? NOTHING);
  }

  rewrite(change: TextChange, reach: Reach = "all"): boolean {
    const rewritten = (text: Uint8Array): Uint8Array | undefined =>
      change.applyTo(ValueKind.string, text, 0, text.length)
        ? change.text.slice(0, change.length)
        : undefined;
    if (this.at === "line") {
      const text = this.line.length === 0 ? undefined : rewritten(this.line);
      return text !== undefined && this.setLine(text);
    }
    const first = this.first();
    let isHit = false;
    for (const pair of this.pairs.pairs) {
      if (!this.isMeant(pair) || (this.at === "level" && pair.text.length === 0)) continue;
      if (reach === "counting" && first !== undefined && !sameBytes(pair.name, first.name))
        continue;
      const text = rewritten(pair.text);
      if (text !== undefined && this.pairs.setText(pair, text)) isHit = true;
    }
    return isHit;
  }

  set(text: Uint8Array): boolean {
    if (this.at === "nowhere") return false;
    if (this.at === "line") {
      this.setLine(text);
      return true;
    }
    const own = text.slice();
    let isThere = false;
    for (const pair of this.pairs.pairs) {
      if (!this.isMeant(pair)) continue;
      isThere = true;
      this.pairs.setText(pair, own);
    }
    if (!isThere) this.pairs.append(this.nameOfNew(this.name), own);
    return true;
  }

  remove(): boolean {
    if (this.at === "nowhere") return false;
    if (this.at === "line") return this.setLine(NOTHING);
    const isEmptyField = this.at === "level" && this.kind === ValueKind.absent;
    return this.pairs.removeAll((pair) => this.isMeant(pair)) && !isEmptyField;
  }

  rename(to: Uint8Array, upsert: boolean, within = false): boolean {
    if (this.at !== "pairs") return false;
    const target = this.nameOfNew(within ? dottedName([...this.around, to]) : to.slice());
    const moved = this.pairs.pairs.filter((pair) => this.isMeant(pair));
    const isTaken = this.pairs.pairs.some(({ name }) => sameBytes(name, target));
    if (moved.length === 0 || (isTaken && !upsert)) return false;
    this.pairs.removeAll((pair) => moved.includes(pair) || sameBytes(pair.name, target));
    for (const { text } of moved) this.pairs.append(target, text);
    return true;
  }

  private open(what: What): void {
    this.what = what;
    this.pairs.clear();
    this.line = NOTHING;
    this.lineChanged = false;
    this.at = "nowhere";
  }

  private locate({ field, path, scope }: FieldSelector): At {
    if (field === -1) {
      const own = this.what === "labels" ? Scope.resource : Scope.record;
      if (this.what === "nothing" || scope !== own) return "nowhere";
      this.name = dottedName(path);
      this.around = path.slice(0, -1);
      this.spelled = labelName(this.name);
      return "pairs";
    }
    if (this.what !== "entry") return "nowhere";
    if (field === Field.body) return "line";
    if (field !== Field.severity_text) return "nowhere";
    this.name = LEVELS[0] ?? NOTHING;
    return "level";
  }

  /** A label that is spelled otherwise would make Loki refuse the whole request. */
  private nameOfNew(name: Uint8Array): Uint8Array {
    return this.what === "labels" ? labelName(name) : name;
  }

  private setLine(text: Uint8Array): boolean {
    if (sameBytes(this.line, text)) return false;
    this.line = text.slice();
    this.lineChanged = true;
    return true;
  }

  private isMeant({ name }: Pair): boolean {
    if (this.at === "level") return LEVELS.some((level) => sameBytes(name, level));
    if (this.at !== "pairs") return false;
    return sameBytes(name, this.name) || sameBytes(name, this.spelled);
  }

  /** The one that counts: of severities the last of the name that comes first. */
  private first(): Pair | undefined {
    const { pairs } = this.pairs;
    if (this.at !== "level") return pairs.find((pair) => this.isMeant(pair));
    for (const level of LEVELS) {
      const found = pairs.findLast(({ name, text }) => text.length > 0 && sameBytes(name, level));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
