// What the formats of container runtimes share: each line of a file holds what a container wrote to
// one of its streams, either a whole line or a part of one.

/** Kubernetes' CRI, and Docker's json-file driver. */
export type ContainerFormat = "cri" | "docker";

/** Streams that lines come from: stdout, stderr, and any other. */
export const STREAM_COUNT = 3;
export const STREAM_NAMES = ["stdout", "stderr", undefined] as const;

/** Reads one line of a file after the other. */
export interface ContainerLine {
  /** Reads bytes[start, end), which has no line end. False: it is not of this format. */
  read(bytes: Uint8Array, start: number, end: number): boolean;
  /** Of what was read last, below STREAM_COUNT. */
  readonly stream: number;
  /** More of the container's line comes in the next one of the stream. */
  readonly isPartial: boolean;
  /**
   * What the container wrote, without its line end: text[textStart, textEnd). Borrowed until the
   * next.
   */
  readonly text: Uint8Array;
  readonly textStart: number;
  readonly textEnd: number;
  /** When, in RFC 3339: time[timeStart, timeEnd); empty: it does not say. */
  readonly time: Uint8Array;
  readonly timeStart: number;
  readonly timeEnd: number;
  /** The line that was read last with another text; `isPartial`: more of it comes. No line end. */
  write(text: Uint8Array, isPartial: boolean): Uint8Array;
  /** Keeps no bytes of lines. */
  release(): void;
}
