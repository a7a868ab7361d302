// How much each pattern may have if all patterns together want more than is available: max-min
// fairness, as networks share a link. Patterns that want little get all of it; the others get equal
// shares. Pure arithmetic.

/**
 * The level F at which the sum of min(want, F) is `room`. If all fit, it is the largest want plus
 * everything that is left, so that a pattern that grows does not take what others need.
 */
export function fairLevel(wants: ArrayLike<number>, room: number): number {
  if (room <= 0) return 0;
  let [largest, all] = [0, 0];
  for (let i = 0; i < wants.length; i++) {
    const want = wants[i] as number;
    if (want > largest) largest = want;
    all += want;
  }
  if (all <= room) return largest + room - all;
  // Each round settles those that fit below the level, which leaves more for each of the others.
  let [level, before] = [0, -1];
  while (level > before) {
    before = level;
    let [left, open] = [room, 0];
    for (let i = 0; i < wants.length; i++) {
      const want = wants[i] as number;
      if (want > level) open++;
      else left -= want;
    }
    if (open > 0) level = left / open;
  }
  return level;
}
