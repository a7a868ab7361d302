// Tells which servers are trusted whatever certificate they show, because the environment says so.
// The runtime obeys that variable without any notice.

import { redactUrl } from "../core/redact.ts";
import type { ProxyConfig, S3DumpConfig } from "./model.ts";
import type { Environment } from "./substitute.ts";

const VARIABLE = "NODE_TLS_REJECT_UNAUTHORIZED";

/** AWS, unless a target names another place. */
function bucketUrls({ isEnabled, targets }: S3DumpConfig): readonly string[] {
  if (!isEnabled) return [];
  return targets.flatMap((target) =>
    target.kind === "s3" ? [target.endpoint ?? `https://s3.${target.region}.amazonaws.com`] : [],
  );
}

/**
 * The https, grpcs, rediss and wss URLs whose certificates are not checked, without secrets. Those
 * of upstreams are checked whatever the variable says when `upstream_tls.ca_file` names whom to
 * trust.
 */
export function unverifiedUrls(config: ProxyConfig, env: Environment): readonly string[] {
  if (env[VARIABLE] !== "0") return [];
  const { upstreams, prometheus, providers, otlpSelfTracesUrl, upstreamTls } = config;
  const { s3Dump, sharedLimits, otlpSelfMetricsUrl } = config;
  const targets = [...Object.values(upstreams), prometheus.upstream];
  const sent =
    upstreamTls?.caFile === undefined
      ? [
          ...targets.flatMap((target) => (target.kind === "stdout" ? [] : [target.url])),
          ...prometheus.targets.values(),
        ]
      : [];
  const synced = providers.flatMap((provider) => (provider.type === "file" ? [] : [provider.url]));
  const others = [otlpSelfMetricsUrl, otlpSelfTracesUrl, ...bucketUrls(s3Dump), sharedLimits?.url];
  const all = [...sent, ...synced, ...others.filter((url) => url !== undefined)];
  const secure = all.filter((url) => /^(?:https|grpcs|rediss|wss):/i.test(url));
  return [...new Set(secure.map((url) => redactUrl(url)))];
}

/** A warning for the start; none when everything is checked. */
export function unverifiedWarnings(config: ProxyConfig, env: Environment): readonly string[] {
  const urls = unverifiedUrls(config, env);
  if (urls.length === 0) return [];
  return [
    `${VARIABLE}=0: whoever answers for ${urls.join(", ")} is believed, and can read and change what is sent; unset it, and name private authorities in upstream_tls.ca_file (upstreams) or NODE_EXTRA_CA_CERTS.`,
  ];
}
