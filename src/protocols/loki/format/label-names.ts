// How Loki spells names: labels have underscores where OpenTelemetry has dots. Source: Prometheus's
// rules for label names, which Loki's own OTLP receiver follows.

const UNDERSCORE = 0x5f;
const PREFIX = [0x6b, 0x65, 0x79, UNDERSCORE] as const;

/** The name as a label has it; the same array when it is one already. */
export function labelName(name: Uint8Array): Uint8Array {
  if (isLabelName(name)) return name;
  const out: number[] = isDigit(name[0]) ? [...PREFIX] : [];
  for (const byte of name) {
    if (isWord(byte)) out.push(byte);
    // One for a character, however many bytes it has.
    else if ((byte & 0xc0) !== 0x80) out.push(UNDERSCORE);
  }
  return Uint8Array.from(out);
}

function isLabelName(name: Uint8Array): boolean {
  return !isDigit(name[0]) && name.every(isWord);
}

function isWord(byte: number): boolean {
  return isDigit(byte) || isLetter(byte) || byte === UNDERSCORE;
}

export function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
