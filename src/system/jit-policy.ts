// Ends the time in which little is compiled: executables are built so (scripts/build.ts), because
// what runs once, at the start, is not worth it, and the threads that compile take the cores which
// the start itself needs.

/** This thread has started. */
export function compileAsUsual(): void {
  Bun.unsafe.setJITPolicy(1);
}
