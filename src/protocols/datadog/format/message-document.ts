// The JSON document that a message is, or holds as text. Edits of the document are written back
// into the text at once; the parts that they do not touch keep their spelling, the outer escapes
// included.

import { UndecodableError } from "../../../core/errors.ts";
import { JsonNode, QUOTE, skipSpace, skipValue } from "../../../core/json/index.ts";
import { EscapedText } from "./escaped-text.ts";
import { looksLikeObject } from "./looks-like-object.ts";

export class MessageDocument {
  readonly root: JsonNode;
  /** The body that is the document, or that contains its text. */
  readonly member: JsonNode;
  private readonly source: EscapedText | undefined;

  private constructor(member: JsonNode, root: JsonNode, source?: EscapedText) {
    this.member = member;
    this.root = root;
    this.source = source;
  }

  /** The document of a body member, if it has one. */
  static in(member: JsonNode): MessageDocument | undefined {
    if (member.type === "object") return new MessageDocument(member, member);
    if (member.type !== "string") return undefined;
    const source = new EscapedText(member.text);
    const { text } = source;
    if (!looksLikeObject(text, 0, text.length)) return undefined;
    const start = skipSpace(text, 0);
    try {
      const end = skipValue(text, start, 0);
      if (skipSpace(text, end) !== text.length) return undefined;
      return new MessageDocument(member, new JsonNode(text, start, end), source);
    } catch (error) {
      if (error instanceof UndecodableError) return undefined;
      throw error;
    }
  }

  /** Updates the member to the current document, which must not be used afterwards. */
  writeBack(): void {
    const { source, root } = this;
    if (source === undefined || !root.changed) return;
    const { text } = source;
    const start = skipSpace(text, 0);
    let end = text.length;
    while (end > start && text[end - 1] !== CLOSE_OBJECT) end--;
    const out = source.writer();
    out.copy(text, 0, start);
    root.write(out);
    out.copy(text, end, text.length);
    out.byte(QUOTE);
    this.member.replace(out.finish());
  }
}

const CLOSE_OBJECT = 0x7d;
