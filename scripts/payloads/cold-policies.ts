// Matchers of policies that match nothing. They look like those that do, in kind and mix, and
// share words with the records, so that a prefilter of literals cannot drop them for free: of 20
// of logs, 6 are exact service and severity, 4 contain, 2 begin, 4 are regexes, 1 ends, 1 exists,
// 2 are attributes.

import type { Matcher, Spelling } from "./live-policies.ts";

export function coldLog(
  i: number,
  { service: svc, severity: sev }: Spelling,
  raw: boolean,
): Matcher[] {
  const id = String(i).padStart(5, "0");
  const body = (m: Matcher): Matcher[] => [{ log_field: "body", ...m }];
  const slot = i % 20;
  if (slot < 6) {
    const level = ["DEBUG", "INFO", "WARN"][slot % 3] ?? "";
    return raw
      ? body({ contains: ` ${level} order-service-${id} ` })
      : [
          { ...svc, exact: `order-service-${id}` },
          { log_field: "severity_text", exact: sev(level) },
        ];
  }
  if (slot < 10)
    return body({
      contains:
        [
          "HTTP request completed tenant=t",
          "Payment processing finished for batch b",
          "Session quota exceeded for tenant t",
          "Retrying upstream call group=g",
        ][slot - 6] + id,
    });
  if (slot < 12)
    return body(
      raw
        ? { contains: `] Message published topic=cold.t${id}` }
        : { starts_with: `Message published topic=cold.t${id}` },
    );
  if (slot < 16)
    return body({
      regex:
        [
          `secret-token-${id}-[0-9a-f]{16}`,
          `User authentication (failed|blocked) for cold-${id}-[a-z]+`,
          `duration_ms=[0-9]+ shard=s${id}(/[0-9]+)?`,
          `order #[0-9]{4,} rejected by rule r${id}$`,
        ][slot - 12] ?? "",
    });
  if (slot < 17) return body({ ends_with: `in cold region r${id}` });
  if (raw) return body({ contains: ` cold_flag_${id}=` });
  if (slot < 18) return [{ log_attribute: `cold_flag_${id}`, exists: true }];
  if (slot < 19) return [{ log_attribute: "http_route", exact: `/api/v1/cold/${id}` }];
  return [{ log_attribute: "user_id", regex: `^cold-user-${id}-[0-9]+$` }];
}
export function coldMetric(i: number, sep: string): Matcher[] {
  const id = String(i).padStart(5, "0");
  const n = (s: string): string => s.replaceAll(".", sep);
  const re = sep === "." ? "\\." : "_";
  const slot = i % 10;
  if (slot < 4) return [{ metric_field: "name", exact: n(`http.server.cold${id}.count`) }];
  if (slot < 6) return [{ metric_field: "name", starts_with: n(`process.cold${id}.`) }];
  if (slot < 8)
    return [{ metric_field: "name", regex: `^db${re}client${re}cold${id}${re}(p50|p99)$` }];
  if (slot < 9)
    return [
      { metric_field: "name", starts_with: n("queue.") },
      { datapoint_attribute: "region", exact: `cold-${id}` },
    ];
  return [{ datapoint_attribute: `cold_label_${id}`, exists: true }];
}
export function coldTrace(i: number): Matcher[] {
  const id = String(i).padStart(5, "0");
  const slot = i % 10;
  if (slot < 4) return [{ resource_attribute: "service.name", exact: `order-service-${id}` }];
  if (slot < 6) return [{ trace_field: "TRACE_FIELD_NAME", exact: `GET /api/v1/cold/${id}` }];
  if (slot < 8) return [{ trace_field: "TRACE_FIELD_NAME", regex: `^SELECT cold_${id}_[a-z]+$` }];
  if (slot < 9) return [{ span_attribute: "http.route", starts_with: `/api/cold/${id}/` }];
  return [{ span_attribute: `cold.flag.${id}`, exists: true }];
}
