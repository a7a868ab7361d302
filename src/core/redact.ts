// Takes secrets out of text for logs, pages and error messages. In URLs, userinfo, query and
// fragment become "***", and so do credentials that follow a scheme word and values that are known
// to be secret.

const WHOLE_URL = /^((?:[a-z][a-z0-9+.-]*:[/\\]+)?)([^]*)$/i;
/** The last group is punctuation that ends a clause and is not part of the URL. */
const URL_IN_TEXT = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"`<>]*?)([:,;.!')]*)(?=$|[\s"`<>])/gi;
const CREDENTIAL = /\b(bearer|basic)\s+[\w\-.~+/=]{4,}/gi;
const SECRET_CHARS_MIN = 4;

const REDACTED = "***";

/** The URL with its secret parts as `***`; also for text that should be a URL but is not. */
export function redactUrl(url: string): string {
  return url.replace(WHOLE_URL, (_match, scheme: string, rest: string) => scheme + masked(rest));
}

/**
 * `text` without the secret parts of the URLs in it, without bearer and basic credentials, and
 * without any of `secrets`. Secrets shorter than 4 characters are ignored: they would tear ordinary
 * words apart.
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

/** The part of a URL after its scheme, without its secrets. */
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
 * Length of the userinfo with its @, or 0. A password may contain / ? # unescaped, so that a parser
 * would take what follows for a path: rather than show a password, every @ before the query ends a
 * userinfo.
 */
function userinfoEnd(rest: string): number {
  const authority = /^[^/\\?#]*/.exec(rest)?.[0] ?? "";
  // No authority (file:///), or one that cannot be the beginning of a userinfo.
  if (authority === "" || IPV6_AUTHORITY.test(authority)) return 0;
  const beforeQuery = /^[^?#]*/.exec(rest)?.[0].lastIndexOf("@") ?? -1;
  if (beforeQuery !== -1) return beforeQuery + 1;
  if (NAME_AND_PORT.test(authority)) return 0;
  // Neither an @ nor a port: a password contains ? or #, or the end of the text was cut off, and
  // the rest may be a password.
  const hidden = rest.lastIndexOf("@");
  return hidden === -1 ? rest.length : hidden + 1;
}
