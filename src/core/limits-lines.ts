// Bounds of lines: what is held of them, and batches of them on their way to a backend.

/**
 * Bytes of container runtimes' lines that wait for the rest of what a container wrote as one line;
 * with more of them the parts that are there are judged by themselves.
 */
export const LINE_PARTS_BYTES_MAX = 1024 * 1024;
