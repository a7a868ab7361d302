// Lists the secrets of a configuration, so that logs and pages can remove them wherever they
// appear.

import type { UpstreamHeaderValues } from "./upstream-headers/values.ts";
import type { ProviderConfig, ProxyConfig, UpstreamTarget } from "./model.ts";

/** One list for each configuration, so that all who hold it hear of secrets that come later. */
const LISTS = new WeakMap<ProxyConfig, string[]>();

/**
 * Header values (also without their scheme word: the `x` of `Bearer x`), the admin token, and
 * userinfo and query values of all URLs, each as written and decoded. Without repeats; in no order.
 * The list grows when `keepSecrets` is told of more: hold it, not a copy.
 */
export function secretsOf(config: ProxyConfig): readonly string[] {
  return listOf(config);
}

/** Header values that the configuration does not hold itself: out of files that it names. */
export function keepSecrets(config: ProxyConfig, headerValues: UpstreamHeaderValues): void {
  addHeaderSecrets(listOf(config), headerValues);
}

/** Adds header values to a list of secrets, each once. */
export function addHeaderSecrets(list: string[], headerValues: UpstreamHeaderValues): void {
  for (const secret of headerValues.flatMap((value = "") => headerSecrets(value))) {
    if (secret !== "" && !list.includes(secret)) list.push(secret);
  }
}

function listOf(config: ProxyConfig): string[] {
  const known = LISTS.get(config);
  if (known !== undefined) return known;
  const list = configuredSecrets(config);
  LISTS.set(config, list);
  return list;
}

function configuredSecrets(config: ProxyConfig): string[] {
  const secrets = new Set<string>();
  const add = (text: string) => {
    if (text !== "") secrets.add(text);
  };
  const { upstreams, prometheus, admin, providers, sharedLimits } = config;
  const { otlpSelfMetricsUrl, otlpSelfTracesUrl } = config;
  const targets = [...Object.values(upstreams), prometheus.upstream].map(urlOf);
  const others = [otlpSelfMetricsUrl, otlpSelfTracesUrl, sharedLimits?.url];
  for (const url of [...targets, ...prometheus.targets.values(), ...others]) {
    if (url !== undefined) addUrl(url, add);
  }
  if (admin.token !== undefined) add(admin.token);
  const values = config.upstreamHeaders.flatMap(({ value = "" }) => value);
  for (const secret of providerSecrets(providers, [], values)) add(secret);
  return [...secrets];
}

/** The secrets of policy providers alone, and of further URLs and header values. */
export function providerSecrets(
  providers: readonly ProviderConfig[],
  urls: readonly string[] = [],
  headerValues: readonly string[] = [],
): readonly string[] {
  const secrets = new Set<string>();
  const add = (text: string) => {
    if (text !== "") secrets.add(text);
  };
  const addHeader = (value: string) => headerSecrets(value).forEach(add);
  for (const url of urls) addUrl(url, add);
  for (const value of headerValues) addHeader(value);
  for (const provider of providers) {
    if (provider.type === "file") continue;
    addUrl(provider.url, add);
    for (const { value } of provider.headers) addHeader(value);
  }
  return [...secrets];
}

/** Also without the word of its scheme. */
function headerSecrets(value: string): readonly string[] {
  return [value, value.replace(/^[A-Za-z]+ +/, "")];
}

function urlOf(target: UpstreamTarget): string | undefined {
  return target.kind === "stdout" ? undefined : target.url;
}

function addUrl(text: string, add: (secret: string) => void): void {
  const url = URL.parse(text);
  if (url === null) return;
  for (const part of [url.username, url.password]) {
    add(part);
    add(decoded(part));
  }
  for (const pair of url.search.slice(1).split("&")) {
    const value = pair.slice(pair.indexOf("=") + 1);
    add(value);
    add(decoded(value));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
