// Decides whether a file is read as JSON or as YAML.

/**
 * By the file's extension (.json, .yaml, .yml); without one of these, JSON begins with `{` or `[`,
 * or is an empty text.
 */
export function isJsonFile(fileName: string, text: string): boolean {
  const extension = /[^/]\.(json|ya?ml)$/i.exec(fileName)?.[1]?.toLowerCase();
  if (extension !== undefined) return extension === "json";
  return /^\uFEFF?\s*(?:[{[]|$)/.test(text);
}
