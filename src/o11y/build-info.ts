// Which build this is. The build replaces the two variables with its own values; a run from source
// has neither.

declare module "bun" {
  interface Env {
    EDGE_VERSION?: string;
    EDGE_COMMIT?: string;
  }
}

/** Version of the release, e.g. "1.2.3". */
export const VERSION: string = process.env.EDGE_VERSION ?? "0.0.0-dev";
/** Commit that it was built from. */
export const COMMIT: string = process.env.EDGE_COMMIT ?? "unknown";
