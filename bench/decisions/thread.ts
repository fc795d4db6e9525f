import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { STARTER, THREAD } from '../../src/adapters/opa/assets.js';
import { ASK } from '../../src/adapters/opa/limits.js';
import type {
  ThreadQuestion,
  Program,
  ThreadMessage,
} from '../../src/adapters/opa/engine/protocol.js';
import { encode } from '../../src/adapters/opa/engine/question.js';
import type { PolicyInput } from '../../src/core/decision/facts.js';
import type { LoadedPolicy } from '../../src/ports.js';

/** A thread that answers one question after the other, without a deadline and without parsing the answer. */
export interface Thread {
  ask(): Promise<string>;
  stop(): Promise<unknown>;
}

/** The starter policy's wasm in the same thread file that Daypass uses, asked the same bytes each time. */
export async function bareWasm(policy: LoadedPolicy, input: PolicyInput): Promise<Thread> {
  const { memory_pages, answer_bytes, data_bytes, input_bytes } = ASK;
  const wasm = Uint8Array.from(await readFile(join(STARTER, 'access.wasm')));
  const data = encode(policy.data, data_bytes);
  const program: Program = { wasm, data, memory_pages, answer_bytes };
  return thread(THREAD, program, {
    entrypoint: 'access/request',
    input: encode(input, input_bytes),
  });
}

/** The hop alone: asks the same question of a thread that has the answer already. */
export function echo(input: PolicyInput, answer: string): Promise<Thread> {
  const asked: ThreadQuestion = {
    entrypoint: 'access/request',
    input: encode(input, ASK.input_bytes),
  };
  return thread(new URL('echo.mjs', import.meta.url), answer, asked);
}

async function thread(file: URL, workerData: unknown, asked: ThreadQuestion): Promise<Thread> {
  // Like the policy's own thread: without our flags and our environment.
  const worker = new Worker(file, { workerData, execArgv: [], env: {} });
  await once(worker, 'message');
  const waiting: ((said: ThreadMessage) => void)[] = [];
  worker.on('message', (said: ThreadMessage) => waiting.shift()?.(said));
  return {
    ask: async () => {
      const answer = new Promise<ThreadMessage>((resolve) => waiting.push(resolve));
      worker.postMessage(asked);
      const said = await answer;
      if (said.kind !== 'answer') throw new Error(`the thread answered ${JSON.stringify(said)}`);
      return said.answer;
    },
    stop: () => worker.terminate(),
  };
}
