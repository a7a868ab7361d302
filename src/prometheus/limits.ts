// Bounds of the exposition filter. What happens at each is in its comment.

/**
 * Bytes of a line without its newline that are looked at; a longer line passes whole, unjudged and
 * counted.
 */
export const LINE_BYTES_MAX = 1024 * 1024;
/**
 * Bytes of metadata and comments that are held back until it shows whether the family keeps a
 * sample; beyond that they go out at once.
 */
export const HELD_BYTES_MAX = 1024 * 1024;
/**
 * Families whose metadata is remembered in case that samples of theirs come again after those of
 * another family, and the bytes of their names and metadata. The oldest half is forgotten first.
 */
export const REMEMBERED_FAMILIES_MAX = 8192;
export const REMEMBERED_BYTES_MAX = 1024 * 1024;
