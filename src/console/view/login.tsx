// Asks for admin.token, and holds it against a page before it is kept.

import { useState } from "preact/hooks";
import type { Api } from "../api.ts";

export function Login({
  api,
  entered,
}: {
  readonly api: Api;
  readonly entered: (token: string) => void;
}) {
  const [fault, setFault] = useState("");
  const [token, setToken] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    api.keepToken(token);
    const { kind } = await api.get("status?format=json");
    if (kind === "ok") entered(token);
    else if (kind === "unreachable") setFault("Edge does not answer.");
    else setFault("That is not the token that Edge was configured with.");
  };
  return (
    <form class="login" onSubmit={(event) => void submit(event)}>
      <h1>Sign in</h1>
      <p>
        This Edge asks for the value of <code>admin.token</code>. It is kept in this tab until you
        close it, and sent to no one else.
      </p>
      <label for="token">Token</label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        required
        value={token}
        onInput={({ currentTarget }) => setToken(currentTarget.value)}
        aria-describedby="token-fault"
        aria-invalid={fault !== ""}
      />
      <p id="token-fault" role="alert" class="fault">
        {fault}
      </p>
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  );
}
