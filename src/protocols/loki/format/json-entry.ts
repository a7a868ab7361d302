// One entry of a JSON push: `[time, line]` or `[time, line, {name: text, …}]`.

import {
  CLOSE_ARRAY,
  enterContainer,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  quoteJson,
  releaseScratch,
  scanString,
  Scratch,
  skipValue,
  unescaped,
  unescapeToScratch,
} from "../../../core/json/index.ts";
import type { Rewriter } from "../../../core/rewriter.ts";
import type { Evaluation } from "../../../policy/record-port.ts";
import type { LokiEditor } from "./editor.ts";
import type { EntryValues } from "./entry-values.ts";
import { openJsonPairs, printJsonPairs, readJsonPairs } from "./json-pairs.ts";

const NOTHING = new Uint8Array(0);
const COMMA = Uint8Array.of(0x2c);
/** Containers that are open around what is in an entry. */
const ENTRY_DEPTH = 5;

export class JsonEntry {
  private readonly values: EntryValues;
  private readonly editor: LokiEditor;
  private readonly rewriter: Rewriter;
  private readonly scratch = new Scratch();
  private bytes: Uint8Array = NOTHING;
  /** Its line, between the quotes; the end is complemented when there are escapes. */
  private lineStart = 0;
  private lineQuote = 0;
  /** Its metadata; -1: it has none. */
  private metadataAt = -1;
  private metadataEnd = 0;

  constructor(values: EntryValues, editor: LokiEditor, rewriter: Rewriter) {
    this.values = values;
    this.editor = editor;
    this.rewriter = rewriter;
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.bytes = NOTHING;
    releaseScratch(this.scratch);
  }

  /** Finds the parts of the entry at `start`; the offset behind it, complemented: it is none. */
  read(bytes: Uint8Array, start: number): number {
    const { scratch, values } = this;
    this.bytes = bytes;
    scratch.reset();
    values.metadata.clear();
    this.metadataAt = -1;
    if (bytes[start] !== OPEN_ARRAY) return ~skipValue(bytes, start, ENTRY_DEPTH - 1);
    let isEntry = true;
    let elements = 0;
    let at = enterContainer(bytes, start);
    for (; at >= 0; at = nextInContainer(bytes, at, CLOSE_ARRAY), elements++) {
      if (elements < 2) {
        if (bytes[at] === QUOTE) at = this.readText(at, elements === 1);
        else {
          isEntry = false;
          at = skipValue(bytes, at, ENTRY_DEPTH);
        }
      } else if (elements === 2 && bytes[at] === OPEN_OBJECT) {
        this.metadataAt = at;
        at = this.readMetadata(at);
        isEntry &&= at >= 0;
        if (at < 0) at = ~at;
        this.metadataEnd = at;
      } else if (elements === 2) return ~skipValue(bytes, start, ENTRY_DEPTH - 1);
      // Loki does not look at more.
      else at = skipValue(bytes, at, ENTRY_DEPTH);
    }
    const end = ~at;
    return isEntry && elements >= 2 ? end : ~end;
  }

  private readText(at: number, isLine: boolean): number {
    const quote = scanString(this.bytes, at + 1);
    if (isLine) {
      this.lineStart = at + 1;
      this.lineQuote = quote;
    }
    return (quote < 0 ? ~quote : quote) + 1;
  }

  private readMetadata(at: number): number {
    const { bytes, scratch, values } = this;
    return readJsonPairs(bytes, at, ENTRY_DEPTH + 1, values.metadata, scratch);
  }

  /** Puts its values. */
  report(evaluation: Evaluation): void {
    const { bytes, lineQuote, lineStart, scratch, values } = this;
    if (values.asksLine && lineQuote >= 0) values.setLine(bytes, lineStart, lineQuote);
    else if (values.asksLine) {
      unescapeToScratch(bytes, lineStart, ~lineQuote, scratch);
      values.setLine(scratch.text, scratch.from, scratch.to);
    }
    values.reportEntry(evaluation);
  }

  /** Has it edited, which is written; whether anything changed. */
  edit(evaluation: Evaluation): boolean {
    const { bytes, editor, lineQuote, lineStart, metadataAt, rewriter } = this;
    const lineEnd = lineQuote < 0 ? ~lineQuote : lineQuote;
    editor.openEntry(unescaped(bytes, lineStart, lineEnd));
    if (metadataAt >= 0) openJsonPairs(bytes, metadataAt, editor.pairs);
    evaluation.editRecord(editor);
    if (!editor.changed) return false;
    if (editor.lineChanged) {
      const line = quoteJson(editor.line);
      rewriter.replace(lineStart - 1, lineEnd + 1, line, 0, line.length);
    }
    if (!editor.pairs.changed) return true;
    const pairs = printJsonPairs(bytes, editor.pairs);
    if (metadataAt >= 0) rewriter.replace(metadataAt, this.metadataEnd, pairs, 0, pairs.length);
    else {
      rewriter.replace(lineEnd + 1, lineEnd + 1, COMMA, 0, COMMA.length);
      rewriter.replace(lineEnd + 1, lineEnd + 1, pairs, 0, pairs.length);
    }
    return true;
  }
}
