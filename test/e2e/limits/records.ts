// Records and policies of the tests of shared limits.

/** One log record of a tenant, as OTLP in JSON. */
export function logRequest(tenant: string): string {
  const attributes = [{ key: "tenant", value: { stringValue: tenant } }];
  const record = { severityText: "INFO", body: { stringValue: "hello" }, attributes };
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
}

/** One policy that limits all records, or those of each tenant. */
export function limitPolicies(keep: string, isKeyed = false): object {
  const log = {
    match: [{ log_field: "severity_text", exact: "INFO" }],
    keep,
    ...(isKeyed ? { sample_key: { log_attribute: "tenant" } } : {}),
  };
  return { policies: [{ id: "limited", name: "limited", log }] };
}
