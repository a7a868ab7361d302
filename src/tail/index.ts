// Follows files and standard input: finds them, reads them line by line through rotations, has the
// lines judged, hands on what stays, and remembers how far it came. Must not know how lines are
// judged (`src/protocols/lines`) nor how outputs reach what is behind them.

export type {
  Judged,
  KeptLines,
  LineBatch,
  LineCounts,
  LineFilter,
  LineOutput,
  LineSource,
  OutputEvents,
} from "./ports.ts";
