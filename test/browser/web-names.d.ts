// Names of Web types that the declarations of playwright-core use. What runs in a page is handed
// over as text here, and needs none of them.

type Node = object;
type HTMLElement = object;
type SVGElement = object;
interface HTMLElementTagNameMap {
  readonly a: HTMLElement;
}
