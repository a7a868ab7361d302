// Takes secrets out of text that goes to logs, pages and error messages. URLs lose their userinfo,
// query and fragment; credentials that follow a scheme word and values that are known to be secret
// become "***".

const WHOLE_URL = /^([a-z][a-z0-9+.-]*:\/\/)([^]*)$/i;
const URL_IN_TEXT = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"`<>]*)/gi;
const CREDENTIAL = /\b(bearer|basic)\s+[\w\-.~+/=]{4,}/gi;
const SECRET_CHARS_MIN = 4;

export const REDACTED = "***";

/** The URL without userinfo, query and fragment; other text comes back as it is. */
export function redactUrl(url: string): string {
  return url.replace(WHOLE_URL, cutUrl);
}

/**
 * `text` without the secret parts of the URLs in it, without bearer and basic credentials, and
 * without any of `secrets`. Secrets shorter than 4 characters are not looked for: they would tear
 * ordinary words.
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let out = text;
  for (const secret of secrets) {
    if (secret.length >= SECRET_CHARS_MIN && out.includes(secret)) {
      out = out.replaceAll(secret, REDACTED);
    }
  }
  if (out.includes("://")) out = out.replace(URL_IN_TEXT, cutUrl);
  return out.replace(CREDENTIAL, `$1 ${REDACTED}`);
}

function cutUrl(_match: string, scheme: string, rest: string): string {
  const afterUser = rest.slice(userinfoEnd(rest));
  const tail = afterUser.search(/[?#]/);
  return scheme + (tail === -1 ? afterUser : afterUser.slice(0, tail));
}

/** Length of the userinfo with its @, or 0. */
function userinfoEnd(rest: string): number {
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf("@");
  if (at !== -1) return at + 1;
  // A password that holds a raw / ? or # hides the @: then what follows the colon is no port.
  if (authority.startsWith("[") || !/:(?!\d*$)/.test(authority)) return 0;
  const hidden = rest.lastIndexOf("@");
  // No @ at all, and yet no port: the end of the address was cut off, and what is left may be a
  // password.
  return hidden === -1 ? rest.length : hidden + 1;
}
