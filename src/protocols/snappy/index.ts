// The codings of snappy, in which clients of more than one protocol send: its blocks, and its
// frames. Pure; knows no protocol and no header.

export { snappy } from "./block.ts";
export { eitherSnappy, snappyFrames } from "./frames.ts";
