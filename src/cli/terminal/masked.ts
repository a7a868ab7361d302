// Masks whatever may be secret in the text of a configuration, character for character, so that
// places in it stay the same. Pure.

/** Values of keys that sound like secrets, and of headers. */
const SECRET_VALUE =
  /(["']?\b[\w.-]*(?:token|password|secret|authorization|api[-_]?key|credential|cookie|value)["']?\s*:\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}\]#]+)/gi;
const USERINFO = /(:\/\/)([^\s"'/@]+)(?=@)/g;
const QUERY = /(:\/\/[^\s"'?#]*[?#])([^\s"']+)/g;

export function masked(text: string): string {
  return [SECRET_VALUE, USERINFO, QUERY].reduce((left, secret) => {
    return left.replace(secret, (_, before: string, value: string) => before + stars(value));
  }, text);
}

function stars(value: string): string {
  return value.replace(/[^\n"']/g, "*");
}
