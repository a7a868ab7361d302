// Counts how much of one record has been read, and tells whether there is more than anyone reads.
// It only counts: the reader skips the rest, and the record passes unjudged.

import {
  ASKED_PARTS_MAX,
  ATTRIBUTES_BYTES_MAX,
  LONG_VALUE_BYTES_MIN,
  PARTS_BYTES_MAX,
} from "../../../../core/limits.ts";

export class ReadAmount {
  /** There is more in it. */
  isFull = false;
  /** What lists of attributes may still have. */
  private bytesLeft = ATTRIBUTES_BYTES_MAX;
  /** Values of attributes, and how many of them are of data points, events and links. */
  private values = 0;
  private partValues = 0;
  private valuesBefore = 0;
  private parts = 0;

  /** Begins with nothing. */
  begin(): void {
    this.isFull = false;
    this.bytesLeft = ATTRIBUTES_BYTES_MAX;
    this.values = this.partValues = this.parts = 0;
  }

  /** Begins a data point, an event or a link. Many of them are no odd record; nobody edits them. */
  beginPart(): void {
    if (this.parts === 0) this.bytesLeft += PARTS_BYTES_MAX - ATTRIBUTES_BYTES_MAX;
    this.valuesBefore = this.values;
  }

  /** Ends it. */
  addPart(): void {
    this.partValues += this.values - this.valuesBefore;
    if (++this.parts > ASKED_PARTS_MAX || this.partValues > ASKED_PARTS_MAX) this.isFull = true;
  }

  /** Adds the value of an attribute. */
  addValue(): void {
    this.values++;
  }

  /** Adds an attribute in its usual spelling; long texts were scanned before. */
  addUsual(bytes: number): void {
    this.bytesLeft -= bytes < LONG_VALUE_BYTES_MIN ? bytes : LONG_VALUE_BYTES_MIN;
    if (this.bytesLeft < 0) this.isFull = true;
  }
}
