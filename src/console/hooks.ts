// What views share: repeated requests, the position in the page, and the colour scheme.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "./model/answer.ts";

const LOOK_MS = 2000;

/** Asks now and again while the page is seen; a page that this build has not is asked once. */
export function useLooks<T>(
  ask: () => Promise<Answer<T>>,
  everyMs = LOOK_MS,
): readonly [answer: Answer<T> | undefined, again: () => void] {
  const [answer, setAnswer] = useState<Answer<T>>();
  const [round, setRound] = useState(0);
  const asking = useRef(ask);
  asking.current = ask;
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      if (!document.hidden) {
        const found = await asking.current();
        if (isOver) return;
        setAnswer(found);
        if (found.kind === "absent") return;
      }
      if (!isOver) timer = setTimeout(() => void look(), everyMs);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [everyMs, round]);
  return [answer, useCallback(() => setRound((count) => count + 1), [])];
}

/** `#/tap` is `["tap"]`. Ids of policies may stand there, payloads never. */
export function useRoute(): readonly string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return hash
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decodeURIComponent(part));
}

export type Scheme = "auto" | "light" | "dark";
const SCHEME = "edge.scheme";
const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;

/** As the system has it, until somebody chooses. */
export function useScheme(): readonly [Scheme, () => void] {
  const [scheme, setScheme] = useState<Scheme>(() => {
    const chosen = kept();
    return chosen === "light" || chosen === "dark" ? chosen : "auto";
  });
  // Before the browser paints: the button never names a scheme that the page has not yet.
  useLayoutEffect(() => {
    document.documentElement.dataset["scheme"] = scheme;
    keep(scheme);
    window.dispatchEvent(new Event("schemechange"));
  }, [scheme]);
  return [scheme, useCallback(() => setScheme((now) => NEXT[now]), [])];
}

/** Browsers may keep storage from a page; the choice then holds until it is closed. */
function kept(): string | null {
  try {
    return localStorage.getItem(SCHEME);
  } catch {
    return null;
  }
}

function keep(scheme: Scheme): void {
  try {
    localStorage.setItem(SCHEME, scheme);
  } catch {
    return;
  }
}

/** The value, once it has not changed for a moment. */
export function useSettled<T>(value: T, afterMs = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
