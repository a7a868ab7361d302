// Every kind of extension that policies may use; it is the same in all distributions.

import type { ExtensionKind } from "./extension.ts";
import { s3Dump } from "./s3-dump/s3-dump.ts";

export const EXTENSIONS: readonly ExtensionKind[] = [s3Dump];
