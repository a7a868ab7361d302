// Decides whether a file is read as JSON or as YAML.

/**
 * Goes by the file's extension (.json, .yaml, .yml); without one of these, a text is JSON if it
 * begins with `{` or `[`, or is empty.
 */
export function isJsonFile(fileName: string, text: string): boolean {
  const extension = /[^/]\.(json|ya?ml)$/i.exec(fileName)?.[1]?.toLowerCase();
  if (extension !== undefined) return extension === "json";
  return /^\uFEFF?\s*(?:[{[]|$)/.test(text);
}
