// The labels of a Datadog series: its tags, resources and host. Each set of labels is a series.
// Meant for looking at a few series, not at all of them.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { textHash } from "../label-values.ts";
import type { SeriesOf, SeriesTaker } from "../protocol.ts";

const RESOURCE_TAG = tagOf(1, WireType.bytes);
const TAG_TAG = tagOf(3, WireType.bytes);
const RESOURCE_TYPE_TAG = tagOf(1, WireType.bytes);
const RESOURCE_NAME_TAG = tagOf(2, WireType.bytes);

interface Series {
  readonly tags?: unknown;
  readonly resources?: unknown;
  readonly host?: unknown;
  readonly device?: unknown;
}

export const datadogSeriesLabels: SeriesOf = ({ bytes }, taker) => {
  // Judging has read it before, so it is an object; its members may be anything.
  const { tags, resources, host, device } = JSON.parse(decodeUtf8(bytes)) as Series;
  for (const tag of Array.isArray(tags) ? (tags as readonly unknown[]) : []) {
    if (typeof tag === "string") addTag(taker, tag);
  }
  for (const one of Array.isArray(resources) ? (resources as readonly unknown[]) : []) {
    const { type, name } = (one ?? {}) as { readonly type?: unknown; readonly name?: unknown };
    if (typeof type === "string" && typeof name === "string") addLabel(taker, type, name);
  }
  if (typeof host === "string") addLabel(taker, "host", host);
  if (typeof device === "string") addLabel(taker, "device", device);
  taker.series();
};

function addLabel(taker: SeriesTaker, name: string, value: string): void {
  taker.label(name, textHash(value));
}

function addTag(taker: SeriesTaker, tag: string): void {
  const colon = tag.indexOf(":");
  if (colon < 0) addLabel(taker, tag, "");
  else addLabel(taker, tag.slice(0, colon), tag.slice(colon + 1));
}

/** For `datadog.agentpayload.MetricPayload.MetricSeries`. */
export const datadogProtobufLabels: SeriesOf = ({ bytes }, taker) => {
  const [series, resource] = [new FieldCursor(), new FieldCursor()];
  series.open(bytes, 0, bytes.length);
  while (series.next()) {
    const { tag, start, stop } = series;
    if (tag === TAG_TAG) addTag(taker, decodeUtf8(bytes, start, stop));
    if (tag !== RESOURCE_TAG) continue;
    let [type, name] = ["", ""];
    resource.open(bytes, start, stop);
    while (resource.next()) {
      const text = decodeUtf8(bytes, resource.start, resource.stop);
      if (resource.tag === RESOURCE_TYPE_TAG) type = text;
      else if (resource.tag === RESOURCE_NAME_TAG) name = text;
    }
    addLabel(taker, type, name);
  }
  taker.series();
};
