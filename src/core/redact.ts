// Takes secrets out of text for logs, pages and error messages. Of URLs, userinfo, query and
// fragment become "***", and so do credentials that follow a scheme word and values that are known
// to be secret.

const WHOLE_URL = /^((?:[a-z][a-z0-9+.-]*:[/\\]+)?)([^]*)$/i;
/** The last part is what ends a clause, and no part of the URL. */
const URL_IN_TEXT = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"`<>]*?)([:,;.!')]*)(?=$|[\s"`<>])/gi;
const CREDENTIAL = /\b(bearer|basic)\s+[\w\-.~+/=]{4,}/gi;
const SECRET_CHARS_MIN = 4;

const REDACTED = "***";

/** The URL with the secret parts as `***`; also of text that is to be a URL and is none. */
export function redactUrl(url: string): string {
  return url.replace(WHOLE_URL, (_match, scheme: string, rest: string) => scheme + masked(rest));
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
  if (out.includes("://")) {
    out = out.replace(URL_IN_TEXT, (_match, scheme: string, rest: string, end: string) => {
      return scheme + masked(rest) + end;
    });
  }
  return out.replace(CREDENTIAL, `$1 ${REDACTED}`);
}

/** What follows the scheme of a URL, without its secrets. */
function masked(rest: string): string {
  const userEnd = userinfoEnd(rest);
  const user = userEnd === 0 ? "" : userEnd === rest.length ? REDACTED : `${REDACTED}@`;
  const afterUser = rest.slice(userEnd);
  const tail = afterUser.search(/[?#]/);
  if (tail === -1) return user + afterUser;
  return `${user}${afterUser.slice(0, tail + 1)}${REDACTED}`;
}

const IPV6_AUTHORITY = /^\[[0-9a-f:.]*\](?::\d*)?$/i;
const NAME_AND_PORT = /^[^:]*(?::\d*)?$/;

/**
 * Length of the userinfo with its @, or 0. A password may hold / ? # as they are, so that a parser
 * would take its end for a path: every @ before the query ends a userinfo, rather than showing one.
 */
function userinfoEnd(rest: string): number {
  const authority = /^[^/\\?#]*/.exec(rest)?.[0] ?? "";
  // No authority (file:///), or one that cannot be the beginning of a userinfo.
  if (authority === "" || IPV6_AUTHORITY.test(authority)) return 0;
  const beforeQuery = /^[^?#]*/.exec(rest)?.[0].lastIndexOf("@") ?? -1;
  if (beforeQuery !== -1) return beforeQuery + 1;
  if (NAME_AND_PORT.test(authority)) return 0;
  // Neither an @ nor a port: a password holds ? or #, or the end of the text was cut off, and what
  // is left may be a password.
  const hidden = rest.lastIndexOf("@");
  return hidden === -1 ? rest.length : hidden + 1;
}
