// The two dialects of policy documents. One decoder reads both; they differ only in what a missing
// key means and in how an unknown key is treated.

/** Which written form policies have: what people write, or what control planes send. */
export interface Dialect {
  /** What an absent `enabled` means. */
  readonly enabledDefault: boolean;
  /**
   * `error`: an unknown key makes its policy inert, because it is most likely a typing error;
   * scalars that proto3 does not write when they are 0, false or "" are required where the spec
   * requires them. `ignore`: as parsers of proto3 JSON treat fields of newer schemas; an absent
   * scalar is its proto3 default. Default: `error` when `enabledDefault` is true, else `ignore`.
   */
  readonly unknownKeys?: "error" | "ignore";
  /** The envelope says that all policies are OpenTelemetry's own; left out: their keys tell. */
  readonly isOtel?: true;
}

/** Policy files: written by people. */
export const AUTHORING = { enabledDefault: true, unknownKeys: "error" } as const satisfies Dialect;

/** Sync responses: written by programs with the protobuf schema. */
export const WIRE = { enabledDefault: false, unknownKeys: "ignore" } as const satisfies Dialect;

/** Messages of OpenTelemetry's own policies. */
export const OTEL_WIRE = {
  enabledDefault: true,
  unknownKeys: "ignore",
  isOtel: true,
} as const satisfies Dialect;

export function isStrict(dialect: Dialect): boolean {
  return (dialect.unknownKeys ?? (dialect.enabledDefault ? "error" : "ignore")) === "error";
}
