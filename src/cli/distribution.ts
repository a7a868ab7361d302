// What a command line has to know of the program that it belongs to.

export interface Distribution {
  /** The `distribution` label of metrics and build information. */
  readonly label: string;
  /** The executable's name. */
  readonly program: string;
  /** One line for `--help`. */
  readonly purpose: string;
  /** Read when no file is named, if it is there; relative to the working directory. */
  readonly defaultConfigPath: string;
}
