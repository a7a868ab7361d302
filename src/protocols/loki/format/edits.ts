// The result of editing the labels of a stream.

import { encodeUtf8 } from "../../../core/utf8.ts";
import type { PairList } from "./pair-list.ts";

const SERVICE_NAME = encodeUtf8("service_name");
const UNKNOWN_SERVICE = encodeUtf8("unknown_service");

/**
 * A stream without labels would make Loki refuse the whole request: it gets the one that Loki
 * itself gives to streams of which it does not know the service.
 */
export function keepOneLabel(labels: PairList): void {
  if (labels.pairs.length === 0) labels.append(SERVICE_NAME, UNKNOWN_SERVICE);
}
