// Replaces `${VAR}` in the strings of a configuration. Not recursive: the value of a variable is
// never searched for further ones.

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Substitution =
  | { readonly ok: true; readonly text: string; readonly names: readonly string[] }
  | { readonly ok: false; readonly reason: string; readonly names: readonly string[] };

/**
 * Replaces `${NAME}` by the variable, `${NAME:-text}` by the variable or, when it is unset or
 * empty, by the text up to the next `}`; `$${` stands for a literal `${`. `names` holds the
 * variables that are referred to. Fails on an unset variable without a default, on a name that is
 * none (letters, digits and `_`, not beginning with a digit), and on a `${` that is never closed. A
 * reason never holds a value.
 */
export function substitute(text: string, env: Environment): Substitution {
  const names: string[] = [];
  let result = "";
  let at = 0;
  for (;;) {
    const start = text.indexOf("${", at);
    if (start < 0) return { ok: true, text: result + text.slice(at), names };
    if (start > at && text[start - 1] === "$") {
      result += `${text.slice(at, start - 1)}\${`;
      at = start + 2;
      continue;
    }
    result += text.slice(at, start);
    const end = text.indexOf("}", start);
    if (end < 0) {
      const reason = "${ is not closed by }; write $${ for a literal ${";
      return { ok: false, reason, names };
    }
    const replaced = expand(text.slice(start + 2, end), env, names);
    if (!replaced.ok) return { ok: false, reason: replaced.reason, names };
    result += replaced.text;
    at = end + 1;
  }
}

type Expansion = { ok: true; text: string } | { ok: false; reason: string };

function expand(inside: string, env: Environment, names: string[]): Expansion {
  const split = inside.indexOf(":-");
  const name = split < 0 ? inside : inside.slice(0, split);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const shown = JSON.stringify(name.slice(0, 40));
    const allowed = "letters, digits and _, not beginning with a digit";
    return { ok: false, reason: `${shown} is not a variable name; allowed: ${allowed}` };
  }
  names.push(name);
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (split >= 0) {
    const fallback = inside.slice(split + 2);
    return { ok: true, text: value === undefined || value === "" ? fallback : value };
  }
  if (value !== undefined) return { ok: true, text: value };
  return {
    ok: false,
    reason: `the variable ${name} is not set; set it, or write \${${name}:-default}`,
  };
}
