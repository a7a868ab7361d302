// Empty, waiting and error states, the same in all views.

import type { ComponentChildren } from "preact";
import type { Answer } from "../model/answer.ts";

export function Notice({
  tone = "calm",
  children,
}: {
  readonly tone?: "calm" | "bad" | "warn";
  readonly children: ComponentChildren;
}) {
  return (
    <p class={`notice ${tone}`} role={tone === "bad" ? "alert" : undefined}>
      {children}
    </p>
  );
}

/** What is said in place of a page's data; nothing when it is there. */
export function Unanswered({
  answer,
  page,
}: {
  readonly answer: Answer<unknown> | undefined;
  /** What the page is about, e.g. "savings". */
  readonly page: string;
}) {
  if (answer === undefined) return <Notice>Asking for {page}…</Notice>;
  switch (answer.kind) {
    case "absent":
      return <Notice>This build of Edge has no page for {page}.</Notice>;
    case "refused":
      return (
        <Notice tone="warn">
          Edge does not show {page}: {answer.message}.
        </Notice>
      );
    case "unreachable":
      return <Notice tone="bad">Edge does not answer. Looking again…</Notice>;
    default:
      return null;
  }
}

export function Badge({ tone, children }: { tone: string; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
