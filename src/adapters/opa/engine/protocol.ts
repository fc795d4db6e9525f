import type { Entrypoint } from '../assets.js';

/** What a thread is started with: a compiled policy, its data as JSON text, and limits. */
export interface Program {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
  readonly memory_pages: number;
  readonly answer_bytes: number;
}

/** One question: the input as JSON text. */
export interface ThreadQuestion {
  readonly entrypoint: Entrypoint;
  readonly input: ArrayBuffer;
}

/** What a thread says: once that it is ready, then one thing for each question; the answer as JSON text. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: string }
  | { readonly kind: 'fault'; readonly why: string };
