// Extensions of policies: what is done with copies of records beside their way. Must not change
// what becomes of a record, and knows no route.

export type { Extension, ExtensionContext, ExtensionKind } from "./extension.ts";
export { Extensions } from "./extensions.ts";
export { type ForwardedRecords, RecordForwarder } from "./record-forwarder.ts";
export { EXTENSIONS } from "./table.ts";
