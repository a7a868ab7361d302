// Passes a draft from one view to another, in memory only: addresses never contain policies.

let proposed: string | undefined;

export function proposeDraft(text: string): void {
  proposed = text;
}

/** Once. */
export function takeProposed(): string | undefined {
  const text = proposed;
  proposed = undefined;
  return text;
}

/** What an empty editor begins with. */
export const EXAMPLE_POLICIES = `policies:
  - id: drop-health-checks
    name: Drop health checks
    log:
      match:
        - log_field: body
          contains: GET /health
        - log_field: severity_text
          exact: ERROR
          negate: true
      keep: none
  - id: redact-mail
    name: Redact mail addresses
    log:
      match:
        - log_field: body
          contains: "@"
      keep: all
      transform:
        redact:
          - log_field: body
            regex: "[a-z0-9.]+@[a-z.]+"
            replacement: "[MAIL]"
`;

export const EXAMPLE_RECORDS = `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeLogs":[{"logRecords":[
  {"severityText":"INFO","body":{"stringValue":"GET /health 200 in 1 ms"}},
  {"severityText":"ERROR","body":{"stringValue":"GET /health 503 in 2 ms"}},
  {"severityText":"INFO","body":{"stringValue":"order 4711 of anna.smith@example.com was paid"}}
]}]}]}
`;
