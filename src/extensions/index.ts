// Extensions of policies: what is done with copies of records, off the data path. They must not
// change what happens to a record, and know nothing about routes.

export type { Extension, ExtensionContext, ExtensionKind, ExtensionThread } from "./extension.ts";
export { Extensions } from "./extensions.ts";
export { MAIN_RING, type RecordCall, RecordForwarder } from "./record-forwarder.ts";
export { EXTENSIONS } from "./table.ts";
