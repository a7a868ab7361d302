// Ends the phase in which little is compiled. Executables are built to begin that way
// (scripts/build.ts): code that runs once, at the start, is not worth compiling, and the compiler's
// threads take the cores that the start itself needs.

/** This thread has started. */
export function compileAsUsual(): void {
  Bun.unsafe.setJITPolicy(1);
}
