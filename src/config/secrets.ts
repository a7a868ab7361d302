// Which texts of a configuration are secrets, for whoever writes logs and pages: they take them out
// wherever they appear.

import type { ProviderConfig, ProxyConfig, UpstreamTarget } from "./model.ts";

/**
 * Header values (also without their scheme word: the `x` of `Bearer x`), the admin token, and
 * userinfo and query values of all URLs, each as written and decoded. Without repeats; in no order.
 */
export function secretsOf(config: ProxyConfig): readonly string[] {
  const secrets = new Set<string>();
  const add = (text: string) => {
    if (text !== "") secrets.add(text);
  };
  const { upstreams, prometheus, admin, providers, otlpSelfTracesUrl } = config;
  const targets = [...Object.values(upstreams), prometheus.upstream].map(urlOf);
  for (const url of [...targets, ...prometheus.targets.values(), otlpSelfTracesUrl]) {
    if (url !== undefined) addUrl(url, add);
  }
  if (admin.token !== undefined) add(admin.token);
  for (const secret of providerSecrets(providers)) add(secret);
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
  const addHeader = (value: string) => {
    add(value);
    add(value.replace(/^[A-Za-z]+ +/, ""));
  };
  for (const url of urls) addUrl(url, add);
  for (const value of headerValues) addHeader(value);
  for (const provider of providers) {
    if (provider.type !== "http") continue;
    addUrl(provider.url, add);
    for (const { value } of provider.headers) addHeader(value);
  }
  return [...secrets];
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
