// Says in words why a file cannot be read.

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  EISDIR: "a folder, not a file",
  EFTYPE: "not a regular file",
  ELOOP: "its symbolic links go round in a circle",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
};

export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? `it cannot be read (${code})`;
}
