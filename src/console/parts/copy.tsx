// Copies a text. Browsers allow that to pages on localhost or HTTPS alone; elsewhere the text is
// selected, and its reader is told which keys to press.

import { useEffect, useState } from "preact/hooks";

export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return undefined;
    const timer = setTimeout(() => setSaid(""), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("The browser does not allow it here: select the text and press Ctrl+C");
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()} disabled={text.trim() === ""}>
        {label}
      </button>
      <span role="status" class="said">
        {said}
      </span>
    </>
  );
}
