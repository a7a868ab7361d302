// A signal handler in machine code. A handler may run at any instruction, so it can be neither
// JavaScript nor anything that takes a lock: this one makes two system calls, and goes on to the
// handler that was there before it, with the arguments that it was given. Pure: bytes and nothing
// else. On both machines it is position-independent; what it has to know lies behind it:
//
//   gate     address of a number; the handler writes if it is not 0, and makes it 0
//   head     address and
//   headSize bytes of a text, for write(2)
//   texts    address of a table of texts and
//   count    how many there are, for writev(2)
//   next     address of the code that goes on, such as the handler that was there before

/** Bytes of a handler with its code, and of that code alone. */
export const HANDLER_BYTES = 192;
const CODE_BYTES = 128;

/** The values behind the code, in their order. */
export interface HandlerTable {
  readonly gate: bigint;
  readonly head: bigint;
  readonly headSize: bigint;
  readonly texts: bigint;
  readonly count: bigint;
  readonly next: bigint;
}

/** One instruction: its bytes, and what an assembler calls it. */
type Instruction = readonly [bytes: string, text: string];

export type MachineCode = readonly Instruction[];

/** By `process.arch`, on Linux. Arguments of a handler: number, siginfo_t, ucontext_t. */
export const MACHINE_CODE: Readonly<Record<string, MachineCode>> = {
  x64: [
    ["57", "push rdi"],
    ["56", "push rsi"],
    ["52", "push rdx"],
    ["48 8b 05 76 00 00 00", "mov rax, [rip + gate]"],
    ["31 c9", "xor ecx, ecx"],
    ["48 87 08", "xchg [rax], rcx"],
    ["48 85 c9", "test rcx, rcx"],
    ["74 34", "je done"],
    ["bf 02 00 00 00", "mov edi, 2; standard error"],
    ["48 8b 35 68 00 00 00", "mov rsi, [rip + head]"],
    ["48 8b 15 69 00 00 00", "mov rdx, [rip + headSize]"],
    ["b8 01 00 00 00", "mov eax, 1; write"],
    ["0f 05", "syscall"],
    ["bf 02 00 00 00", "mov edi, 2"],
    ["48 8b 35 5e 00 00 00", "mov rsi, [rip + texts]"],
    ["48 8b 15 5f 00 00 00", "mov rdx, [rip + count]"],
    ["b8 14 00 00 00", "mov eax, 20; writev"],
    ["0f 05", "syscall"],
    ["5a", "done: pop rdx"],
    ["5e", "pop rsi"],
    ["5f", "pop rdi"],
    ["ff 25 57 00 00 00", "jmp [rip + next]"],
  ],
  arm64: [
    ["e0 07 be a9", "stp x0, x1, [sp, #-32]!"],
    ["e2 7b 01 a9", "stp x2, x30, [sp, #16]"],
    ["c3 03 00 58", "ldr x3, gate"],
    ["64 00 40 f9", "ldr x4, [x3]"],
    ["7f 00 00 f9", "str xzr, [x3]"],
    ["64 01 00 b4", "cbz x4, done"],
    ["40 00 80 d2", "mov x0, #2; standard error"],
    ["61 03 00 58", "ldr x1, head"],
    ["82 03 00 58", "ldr x2, headSize"],
    ["08 08 80 d2", "mov x8, #64; write"],
    ["01 00 00 d4", "svc #0"],
    ["40 00 80 d2", "mov x0, #2"],
    ["41 03 00 58", "ldr x1, texts"],
    ["62 03 00 58", "ldr x2, count"],
    ["48 08 80 d2", "mov x8, #66; writev"],
    ["01 00 00 d4", "svc #0"],
    ["e2 7b 41 a9", "done: ldp x2, x30, [sp, #16]"],
    ["e0 07 c2 a8", "ldp x0, x1, [sp], #32"],
    ["10 03 00 58", "ldr x16, next"],
    ["00 02 1f d6", "br x16"],
  ],
};

/** Returns to what was interrupted: `next` of a handler after which a program goes on. */
export const RETURN_CODE: Readonly<Record<string, Uint8Array>> = {
  x64: bytesOf([["c3", "ret"]]),
  arm64: bytesOf([["c0 03 5f d6", "ret"]]),
};

/** A handler, to be put at any address that is a multiple of 8. */
export function handlerBytes(code: MachineCode, table: HandlerTable): Uint8Array {
  const bytes = new Uint8Array(HANDLER_BYTES);
  bytes.set(bytesOf(code));
  const { gate, head, headSize, texts, count, next } = table;
  const view = new DataView(bytes.buffer);
  const values = [gate, head, headSize, texts, count, next];
  for (const [at, value] of values.entries()) view.setBigUint64(CODE_BYTES + at * 8, value, true);
  return bytes;
}

export function bytesOf(code: MachineCode): Uint8Array {
  return Uint8Array.fromHex(code.map(([bytes]) => bytes.replaceAll(" ", "")).join(""));
}
