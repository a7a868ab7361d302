// JSON as bytes: finds values, reads them, and edits documents so that all other bytes stay as they
// are. Never uses JSON.parse, and does not know what the documents mean: that belongs to the
// formats.

export { JSON_DEPTH_MAX } from "../limits.ts";
export * from "./broken.ts";
export { ByteWriter } from "./byte-writer.ts";
export { KeyTable } from "./key-table.ts";
export { LongValues } from "./long-values.ts";
export { MemberReader } from "./members.ts";
export { parseDouble } from "./number.ts";
export { JsonNode } from "./edit.ts";
export * from "./scan.ts";
export { ListCutter } from "./list-cutter.ts";
export * from "./unescape.ts";
