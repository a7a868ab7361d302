// Every kind of extension that policies may use; all distributions have the same.

import type { ExtensionKind } from "./extension.ts";

export const EXTENSIONS: readonly ExtensionKind[] = [];
