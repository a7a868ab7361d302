// Bounds of the regex engine, with units. What happens at each bound is said where it is used.

/**
 * Open groups around one place of a pattern; deeper patterns are rejected. RE2 is bounded by its
 * heap only.
 */
export const REGEX_NESTING_MAX = 1000;
/**
 * Capture groups of one regex; a pattern with more is rejected. RE2 is bounded by its heap only.
 */
export const REGEX_GROUPS_MAX = 1000;
/** Copies that counted repetition may ask for, nested ones multiplied. RE2's own bound. */
export const REGEX_REPEAT_MAX = 1000;
/**
 * Instructions of one program; a larger pattern is rejected as too large. RE2 gives up below this.
 */
export const REGEX_INSTRUCTIONS_MAX = 400_000;
/** Memory of the state cache of one regex; when full, it is emptied and filled again. */
export const REGEX_CACHE_BYTES_MAX = 256 * 1024;
/** The same for a group of regexes that are searched together. */
export const REGEX_SET_CACHE_BYTES_MAX = 16 * 1024 * 1024;
/** Literals in a list of alternatives that takes the place of a regex or guards it. */
export const REGEX_LITERALS_MAX = 16;
