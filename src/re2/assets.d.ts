// The two files of re2-wasm that are embedded as data: its loader as text, its module as a file
// path.

declare module "re2-wasm/build/wasm/re2.js" {
  const source: string;
  export default source;
}
declare module "re2-wasm/build/wasm/re2.wasm" {
  const path: string;
  export default path;
}
