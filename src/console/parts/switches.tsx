// Taps and payloads are off by default: says so, and switches them on for a while where that is
// allowed.

import { useState } from "preact/hooks";
import type { Api } from "../api.ts";
import { useLooks } from "../hooks.ts";
import type { SwitchesPage } from "../model/pages.ts";
import { Notice } from "./notices.tsx";

const SECONDS = 600;

/** Nothing, while both are on. */
export function Switches({
  api,
  needs,
}: {
  readonly api: Api;
  readonly needs: readonly ("taps" | "payloads")[];
}) {
  const [answer, again] = useLooks(() => api.get<SwitchesPage>("switches"), 5000);
  const [fault, setFault] = useState("");
  if (answer?.kind !== "ok") return null;
  const { switchable, until } = answer.data;
  const off = needs.filter((name) => !answer.data[name]);
  if (off.length === 0) {
    if (until === null) return null;
    const at = new Date(until).toTimeString().slice(0, 5);
    return <p class="muted">Switched on until {at}; then all stands as it is configured.</p>;
  }
  const turnOn = async (): Promise<void> => {
    const query = off.map((name) => `${name}=on`).join("&");
    const { kind } = await api.post(`switches?${query}&seconds=${SECONDS}`);
    setFault(kind === "ok" ? "" : "Edge did not switch them on.");
    again();
  };
  return (
    <Notice tone="warn">
      {WORDS[off.join()] ?? ""}{" "}
      {switchable ? (
        <button type="button" class="primary" onClick={() => void turnOn()}>
          Switch on for 10 minutes
        </button>
      ) : (
        <>
          Set <code>tap_enabled</code> and <code>admin.show_payloads</code> to true and restart;
          with an <code>admin.token</code>, they can be switched on here.
        </>
      )}{" "}
      {fault}
    </Notice>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  taps: "Taps are off: no passing records can be seen.",
  payloads: "Payloads are hidden: only sizes and decisions are shown.",
  "taps,payloads": "Taps are off, and payloads are hidden.",
};
