// Prints results of tests as JUnit XML, which CI systems read. Pure.

import type { CaseResult } from "./run-case.ts";

export function junitOf(results: readonly CaseResult[], faults: readonly string[]): string {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const counts = `tests="${results.length + faults.length}" failures="${failed}" errors="${faults.length}"`;
  const cases = results.map(({ test, failures }) => {
    const names = `classname="${escaped(test.path)}" name="${escaped(test.name)}"`;
    if (failures.length === 0) return `    <testcase ${names}/>`;
    const lines = failures.map(({ what }) => what);
    const message = escaped(lines[0] ?? "");
    return (
      `    <testcase ${names}>\n` +
      `      <failure message="${message}">${escaped(lines.join("\n"))}</failure>\n` +
      `    </testcase>`
    );
  });
  const unread = faults.map(
    (fault) =>
      `    <testcase classname="unread" name="${escaped(fault)}">\n` +
      `      <error message="${escaped(fault)}"/>\n    </testcase>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="policies" ${counts}>`,
    ...cases,
    ...unread,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  // XML 1.0 knows no other control characters, not even escaped.
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return plain.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
