import { parentPort, workerData } from 'node:worker_threads';
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import type { Asked, Program, Said } from './protocol.js';

// The thread that a policy runs in: one question after the other, until it is ended from outside.
const { wasm, data, memory_pages, answer_bytes } = workerData as Program;
const policy = await loadPolicy(wasm, { initial: 5, maximum: memory_pages });
policy.setData(data);
say({ kind: 'ready' });

parentPort?.on('message', ({ entrypoint, input }: Asked) => {
  try {
    const results = policy.evaluate(input, entrypoint) as readonly { result: unknown }[];
    const answer = JSON.stringify(results[0]?.result ?? null);
    if (answer.length > answer_bytes) say({ kind: 'fault', why: 'the answer is too large' });
    else say({ kind: 'answer', answer });
  } catch (thrown) {
    say({ kind: 'fault', why: described(thrown) });
  }
});

function say(said: Said): void {
  parentPort?.postMessage(said);
}

/** opa-wasm throws strings and plain objects; WebAssembly throws errors. */
function described(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const { message } = thrown as { message?: unknown };
  return typeof message === 'string' ? message : 'the engine failed';
}
