// Tells whether a text is about a health check, as probes of load balancers and clusters make them.

const HEALTH_CHECK =
  /\/health(?:z|[-_]?checks?)?(?![\w-])|\bhealth[-_ ]?checks?\b|\bheartbeats?\b|\b(?:live|ready)(?:z|ness)\b|\bkube-probe\b|\/ping(?![\w-])/i;

export function isHealthCheck(text: string): boolean {
  return HEALTH_CHECK.test(text);
}
