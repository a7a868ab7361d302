// Reads times as logs spell them: dates in the form of RFC 3339 and close to it, and numbers since
// 1970. It works on bytes, and no call allocates anything.

const DAY_S = 86_400;
const NANO = 1_000_000_000;
const ZERO = 0x30;
const DOT = 0x2e;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const SPACE = 0x20;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const LOWER_CASE = 0x20;
/** `2006-01-02T15:04:05` */
const DATE_TIME_BYTES = 19;
const NUMBER_BYTES_MAX = 24;
/** Below these a number is one of seconds, milliseconds, microseconds; else of nanoseconds. */
const SECONDS_MAX = 1e11;
const MILLIS_MAX = 1e14;
const MICROS_MAX = 1e17;

/** One use after the other: what `read` finds is in the fields until the next. */
export class Timestamp {
  /** Since 1970, and the rest in nanoseconds. */
  seconds = 0;
  nanos = 0;
  private text: Uint8Array = new Uint8Array(0);

  /** Whether bytes[start, end) is a time; without an offset it is in UTC. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.text = bytes;
    const isDate = end - start >= DATE_TIME_BYTES && bytes[start + 4] === MINUS;
    return isDate ? this.readDate(start, end) : this.readNumber(start, end);
  }

  private readDate(start: number, end: number): boolean {
    const { text } = this;
    const month = this.number(start + 5, 2);
    const day = this.number(start + 8, 2);
    const hour = this.number(start + 11, 2);
    const minute = this.number(start + 14, 2);
    const second = this.number(start + 17, 2);
    const year = this.number(start, 4);
    const between = text[start + 10] as number;
    const isForm =
      text[start + 7] === MINUS &&
      text[start + 13] === COLON &&
      text[start + 16] === COLON &&
      (between === SPACE || (between & ~LOWER_CASE) === LETTER_T);
    if (!isForm || year < 0 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) {
      return false;
    }
    // A leap second is the first one behind it.
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
      return false;
    let at = start + DATE_TIME_BYTES;
    this.nanos = 0;
    if (text[at] === DOT || text[at] === COMMA) at = this.fraction(at + 1, end);
    const offsetS = this.offset(at, end);
    if (Number.isNaN(offsetS)) return false;
    const days = daysSince1970(year, month, day);
    this.seconds = days * DAY_S + hour * 3600 + minute * 60 + second - offsetS;
    return true;
  }

  /** Reads the digits behind a point; further ones than nanoseconds have are passed. */
  private fraction(at: number, end: number): number {
    let nanos = 0;
    let unit = NANO / 10;
    for (; at < end; at++) {
      const digit = (this.text[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      nanos += digit * Math.floor(unit);
      unit /= 10;
    }
    this.nanos = nanos;
    return at;
  }

  /** Seconds east of UTC that the rest of the text says; NaN: it is none. */
  private offset(at: number, end: number): number {
    const { text } = this;
    if (at === end) return 0;
    if (((text[at] as number) & ~LOWER_CASE) === LETTER_Z) return at + 1 === end ? 0 : Number.NaN;
    const sign = text[at] === PLUS ? 1 : text[at] === MINUS ? -1 : 0;
    const hasColon = text[at + 3] === COLON;
    const isShort = at + 3 === end;
    if (sign === 0 || (!isShort && at + (hasColon ? 6 : 5) !== end)) return Number.NaN;
    const hours = this.number(at + 1, 2);
    const minutes = isShort ? 0 : this.number(at + (hasColon ? 4 : 3), 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
    return sign * (hours * 3600 + minutes * 60);
  }

  private readNumber(start: number, end: number): boolean {
    const { text } = this;
    if (end - start > NUMBER_BYTES_MAX) return false;
    let whole = 0;
    let at = start;
    /** The last nine digits of a whole number of nanoseconds, which a double cannot hold. */
    for (; at < end; at++) {
      const digit = (text[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      whole = whole * 10 + digit;
    }
    if (at === start || whole === 0) return false;
    this.nanos = 0;
    const hasFraction = at < end;
    if (hasFraction && (text[at] !== DOT || this.fraction(at + 1, end) !== end)) return false;
    if (whole < SECONDS_MAX) this.seconds = whole;
    else if (hasFraction) return false;
    else if (whole < MILLIS_MAX) this.split(start, at, 3);
    else if (whole < MICROS_MAX) this.split(start, at, 6);
    else this.split(start, at, 9);
    return true;
  }

  /** Takes the last digits of a whole number for a fraction. */
  private split(start: number, end: number, digits: number): void {
    let seconds = 0;
    for (let at = start; at < end - digits; at++) {
      seconds = seconds * 10 + ((this.text[at] as number) - ZERO);
    }
    this.seconds = seconds;
    this.fraction(end - digits, end);
  }

  /** Of so many digits; -1: they are none. */
  private number(at: number, digits: number): number {
    let value = 0;
    for (let i = at; i < at + digits; i++) {
      const digit = (this.text[i] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return -1;
      value = value * 10 + digit;
    }
    return value;
  }
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days of the proleptic Gregorian calendar; years begin in March, so that leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const days = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return era * 146_097 + days - 719_468;
}
