// The two dialects of policy documents. One decoder reads both; they differ only in what a missing
// key means and in how an unknown key is treated.

/** The written form of policies: what people write, or what control planes send. */
export interface Dialect {
  /** What an absent `enabled` means. */
  readonly enabledDefault: boolean;
  /**
   * `error`: an unknown key makes its policy inert, because it is most likely a typing error;
   * scalars that proto3 does not write if they are 0, false or "" are required where the spec
   * requires them. `ignore`: unknown keys are treated as parsers of proto3 JSON treat fields of
   * newer schemas; an absent scalar is its proto3 default. Default: `error` if `enabledDefault` is
   * true, otherwise `ignore`.
   */
  readonly unknownKeys?: "error" | "ignore";
  /**
   * The envelope says that all policies are in OpenTelemetry's dialect; left out: their keys tell.
   */
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
