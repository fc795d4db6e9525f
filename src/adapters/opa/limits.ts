/** What a policy tree may hold: bytes of one file, number of files, bytes of all files. */
export const TREE = { file_bytes: 256 * 1024, files: 1_000, bytes: 4 * 1024 * 1024 } as const;

/** A run of OPA: its deadline, its memory (RLIMIT_DATA), and the largest output that is read. */
export const COMPILE = {
  deadline_ms: 60_000,
  memory_kib: 1024 * 1024,
  file_kib: 64 * 1024,
  output_bytes: 1024 * 1024,
  wasm_bytes: 16 * 1024 * 1024,
} as const;

/** A question: the deadlines of one call (invariant 26) and of starting a thread, and sizes as JSON text. */
export const ASK = {
  deadline_ms: 1_000,
  start_ms: 30_000,
  input_bytes: 4 * 1024 * 1024,
  data_bytes: 16 * 1024 * 1024,
  answer_bytes: 1024 * 1024,
  /** WebAssembly pages of 64 KiB. */
  memory_pages: 4_096,
} as const;
