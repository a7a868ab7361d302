// Turns kept lines into log records of OTLP. The body is the line as it leaves; for a line in a
// container's log, it is what the container wrote, with its parts joined. Time, severity and span
// are those that the line itself states.

import {
  type ContainerFormat,
  containerLine,
  type ContainerLine,
  LineFacts,
  LineParts,
  type LineSyntax,
  STREAM_NAMES,
  Timestamp,
} from "../../protocols/lines/index.ts";
import {
  emptyRecord,
  type LogRecordFields,
  type OtlpLogsWriter,
  stringAttribute,
} from "../../upstream/otlp/index.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NANOS = 1_000_000_000n;
const NOTHING = new Uint8Array(0);
const NO_STREAM = -1;
/** OpenTelemetry, semantic conventions of logs. */
const STREAM_ATTRIBUTES = STREAM_NAMES.map((name) =>
  name === undefined ? NOTHING : stringAttribute("log.iostream", name),
);

export class LineRecords {
  readonly #facts: LineFacts;
  readonly #container: ContainerLine | undefined;
  readonly #parts = STREAM_NAMES.map(() => new LineParts());
  readonly #time = new Timestamp();
  /** By stream: when the line began that comes in parts, by the runtime's word. */
  readonly #times = STREAM_NAMES.map(() => 0n);
  readonly #record: LogRecordFields = emptyRecord();

  constructor(syntax: LineSyntax, container: ContainerFormat | undefined) {
    this.#facts = new LineFacts(syntax);
    this.#container = container && containerLine(container);
  }

  /** Writes all lines of a block, which were read at the time `observedMs`. */
  write(writer: OtlpLogsWriter, block: Uint8Array, observedMs: number): void {
    this.#record.observedTimeUnixNano = BigInt(Math.trunc(observedMs)) * 1_000_000n;
    for (let at = 0; at < block.length;) {
      const newline = block.indexOf(NEWLINE, at);
      const end = newline < 0 ? block.length : newline;
      if (this.#container === undefined)
        this.#writeText(writer, block, at, withoutReturn(block, at, end));
      else this.#writeContainers(writer, this.#container, block, at, end);
      at = end + 1;
    }
    // What was judged without its rest is sent without it.
    this.#parts.forEach((parts, stream) => {
      if (!parts.isEmpty) this.#writeParts(writer, parts, stream);
    });
  }

  #writeContainers(
    writer: OtlpLogsWriter,
    line: ContainerLine,
    block: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (!line.read(block, start, end)) {
      this.#writeText(writer, block, start, withoutReturn(block, start, end));
      return;
    }
    const { stream } = line;
    const parts = this.#parts[stream] as LineParts;
    // A line in parts is of the time at which it began.
    if (parts.isEmpty) this.#times[stream] = this.#timeOf(line);
    if (line.isPartial || !parts.isEmpty) {
      parts.add(start, end, line);
      if (!line.isPartial) this.#writeParts(writer, parts, stream);
    } else {
      this.#writeText(writer, line.text, line.textStart, line.textEnd, this.#times[stream], stream);
    }
  }

  #writeParts(writer: OtlpLogsWriter, parts: LineParts, stream: number): void {
    this.#writeText(writer, parts.text, 0, parts.length, this.#times[stream], stream);
    parts.clear();
  }

  /** `containerTime`: what the runtime says; it is told when the line itself says nothing. */
  #writeText(
    writer: OtlpLogsWriter,
    text: Uint8Array,
    start: number,
    end: number,
    containerTime = 0n,
    stream = NO_STREAM,
  ): void {
    const facts = this.#facts;
    const record = this.#record;
    facts.read(text, start, end);
    record.timeUnixNano = facts.hasTime ? unixNano(facts.time) : containerTime;
    record.severityNumber = facts.severityNumber;
    record.severityText = facts.severityText;
    record.severityTextStart = facts.severityStart;
    record.severityTextEnd = facts.severityEnd;
    record.traceId = facts.traceId;
    record.spanId = facts.spanId;
    record.attributes = STREAM_ATTRIBUTES[stream] ?? NOTHING;
    record.body = text;
    record.bodyStart = start;
    record.bodyEnd = end;
    writer.add(record);
  }

  #timeOf({ time, timeEnd, timeStart }: ContainerLine): bigint {
    return this.#time.read(time, timeStart, timeEnd) ? unixNano(this.#time) : 0n;
  }
}

function withoutReturn(block: Uint8Array, start: number, end: number): number {
  return end > start && block[end - 1] === RETURN ? end - 1 : end;
}

function unixNano({ nanos, seconds }: Timestamp): bigint {
  return BigInt(seconds) * NANOS + BigInt(nanos);
}
