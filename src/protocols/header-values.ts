// The interface through which plans and formats read header fields.

/** Values of header fields by name, without case; null: there is none. `Headers` are one. */
export interface HeaderValues {
  get(name: string): string | null;
}
/** Elements of a comma-separated header; quoted strings may hold commas. */
export function listOf(value: string): string[] {
  const parts = value.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
