// Light, dark, or as the system has it.

import { useScheme } from "../hooks.ts";

const SCHEMES = { auto: "system", light: "light", dark: "dark" } as const;

export function SchemeSwitch() {
  const [scheme, next] = useScheme();
  return (
    <button
      type="button"
      class="scheme"
      onClick={next}
      title="Light, dark, or as the system has it"
    >
      Theme: {SCHEMES[scheme]}
    </button>
  );
}
