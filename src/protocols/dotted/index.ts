// What formats share whose records are JSON objects with one list of attributes under dotted names.
// Values are found in one pass over the text, and edited in a tree of it. Must not know which
// members have a meaning, nor where records come from.

export { type Alias, RequestedAttributes } from "./requested-attributes.ts";
export { createAttribute } from "./create-attribute.ts";
export { DocumentScanner } from "./document-scanner.ts";
export { ScanResult, Found } from "./scan-result.ts";
export { dottedName, hashStep, NameTable } from "./name-table.ts";
export {
  kindOfValue,
  membersOf,
  type Move,
  moveAll,
  renamedKey,
  saysValue,
  setValue,
  valueAt,
  type Way,
  waysTo,
} from "./named-members.ts";
export { ResolvedValues } from "./resolved-values.ts";
export { severityNumber } from "./severity.ts";
