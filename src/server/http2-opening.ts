// Whether a client that speaks HTTP/2 has asked for anything yet. Reads the heads of its frames up
// to the first one that opens a request, and nothing else.

/**
 * What a connection begins with (RFC 9113 section 3.4); its first line has been compared before.
 */
const PREFACE_BYTES = 24;
/**
 * Size of a frame's head (RFC 9113 section 4.1): three bytes of length, a type, flags and a stream.
 */
const HEAD_BYTES = 9;
const TYPE_AT = 3;
const HEADERS = 1;

export class Http2Opening {
  /** Whether a request has begun. */
  isOver = false;
  /** Bytes still to come of the preface, or of the current frame after its head. */
  private left = PREFACE_BYTES;
  private headBytes = 0;
  private length = 0;

  /** Takes bytes that have arrived. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.isOver;) {
      if (this.left > 0) {
        const passed = Math.min(this.left, bytes.length - at);
        this.left -= passed;
        at += passed;
      } else this.takeOfHead(bytes[at++] as number);
    }
  }

  private takeOfHead(byte: number): void {
    if (this.headBytes < TYPE_AT) this.length = this.length * 256 + byte;
    else if (this.headBytes === TYPE_AT && byte === HEADERS) this.isOver = true;
    if (++this.headBytes < HEAD_BYTES) return;
    this.left = this.length;
    this.headBytes = this.length = 0;
  }
}
