// Days in a time zone: from one midnight there to the next, which is not always 24 hours.

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** The day of a time zone of the IANA database that a moment is in, in wall-clock milliseconds. */
export function dayAt(ms: number, timeZone: string): { startMs: number; endMs: number } {
  const local = localMs(ms, timeZone);
  const date = Math.floor(local / DAY_MS) * DAY_MS;
  return { startMs: momentOf(date, timeZone), endMs: momentOf(date + DAY_MS, timeZone) };
}

/** The moment at which clocks there show the time that UTC has at `local`. */
function momentOf(local: number, timeZone: string): number {
  const first = local - offsetMs(local, timeZone);
  const moment = local - offsetMs(first, timeZone);
  // Where that midnight is left out, the day begins when clocks are put forward.
  return localMs(moment, timeZone) < local ? moment + MINUTE_MS * 60 : moment;
}

function offsetMs(ms: number, timeZone: string): number {
  return localMs(ms, timeZone) - Math.floor(ms / 1000) * 1000;
}

/** What clocks there show, as the moment at which UTC shows the same. */
function localMs(ms: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(ms);
  const of = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

/** Making one takes much longer than using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  FORMATS.set(timeZone, made);
  return made;
}
