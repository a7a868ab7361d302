// Policies for records with numbers (ledger.ts), and for scrapes: each class of record has one.

/** `set`: another number is another set of policies that means the same. */
export function policiesOf(set = 0): string {
  const log = (id: string, word: string, keep: string): object => ({
    id,
    name: id,
    log: { match: [{ log_field: "body", contains: ` ${word} ` }], keep },
  });
  const policies = [
    log("drops-noise", "noise", "none"),
    log("throws-dice", "dice", "50%"),
    log("limits-often", "often", "20/s"),
    log(`matches-nothing-${set}`, `nothing of ${set}`, "none"),
    {
      id: "drops-debug-metrics",
      name: "drops debug metrics",
      metric: { match: [{ metric_field: "name", starts_with: "debug_" }], keep: false },
    },
  ];
  return JSON.stringify({ policies });
}
