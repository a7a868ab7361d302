// Types of what the bundle is given besides its modules.

/** Style sheets are imported as text. */
declare module "*.css" {
  const text: string;
  export default text;
}

/** Never there in a browser: the reader of YAML finds out, and goes on with the exact one. */
declare const Bun: { readonly YAML: { readonly parse: (text: string) => unknown } };

/** Of a file that is in the bundle, and runs when it is first asked for. */
declare const require: (path: string) => unknown;
