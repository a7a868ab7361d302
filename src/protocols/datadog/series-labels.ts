// The labels of a Datadog series: its tags, resources and host. A series is one set of them. For
// looking at few series.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { textHash } from "../label-values.ts";
import type { SeriesOf } from "../protocol.ts";

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

export const datadogSeriesLabels: SeriesOf = ({ bytes }, take) => {
  // Judging has read it before: it is an object, whose members may be anything.
  const { tags, resources, host, device } = JSON.parse(decodeUtf8(bytes)) as Series;
  const labels = new Labels();
  for (const tag of Array.isArray(tags) ? (tags as readonly unknown[]) : []) {
    if (typeof tag === "string") labels.addTag(tag);
  }
  for (const one of Array.isArray(resources) ? (resources as readonly unknown[]) : []) {
    const { type, name } = (one ?? {}) as { readonly type?: unknown; readonly name?: unknown };
    if (typeof type === "string" && typeof name === "string") labels.add(type, name);
  }
  if (typeof host === "string") labels.add("host", host);
  if (typeof device === "string") labels.add("device", device);
  take(labels.names, labels.values);
};

class Labels {
  readonly names: string[] = [];
  readonly values: number[] = [];

  add(name: string, value: string): void {
    this.names.push(name);
    this.values.push(textHash(value));
  }

  addTag(tag: string): void {
    const colon = tag.indexOf(":");
    if (colon < 0) this.add(tag, "");
    else this.add(tag.slice(0, colon), tag.slice(colon + 1));
  }
}

/** Of `datadog.agentpayload.MetricPayload.MetricSeries`. */
export const datadogProtobufLabels: SeriesOf = ({ bytes }, take) => {
  const [series, resource] = [new FieldCursor(), new FieldCursor()];
  const labels = new Labels();
  series.open(bytes, 0, bytes.length);
  while (series.next()) {
    const { tag, start, stop } = series;
    if (tag === TAG_TAG) labels.addTag(decodeUtf8(bytes, start, stop));
    if (tag !== RESOURCE_TAG) continue;
    let [type, name] = ["", ""];
    resource.open(bytes, start, stop);
    while (resource.next()) {
      const text = decodeUtf8(bytes, resource.start, resource.stop);
      if (resource.tag === RESOURCE_TYPE_TAG) type = text;
      else if (resource.tag === RESOURCE_NAME_TAG) name = text;
    }
    labels.add(type, name);
  }
  take(labels.names, labels.values);
};
