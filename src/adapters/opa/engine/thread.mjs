// The thread that a policy runs in: one question after the other, until it is terminated from outside.
// Plain JavaScript, so that the same file runs beside the sources and beside `dist`, and starts in no time.
// @ts-check
import { parentPort, workerData } from 'node:worker_threads';
import { loadPolicy } from '@open-policy-agent/opa-wasm';

/** @typedef {import('./protocol.js').ThreadMessage} ThreadMessage */

/** @type {import('./protocol.js').Program} */
const { wasm, data, memory_pages, answer_bytes } = workerData;
const policy = await loadPolicy(wasm, { initial: 5, maximum: memory_pages });
policy.setData(data);

parentPort?.on(
  'message',
  (/** @type {import('./protocol.js').ThreadQuestion} */ { entrypoint, input }) => {
    try {
      const [first] = policy.evaluate(input, entrypoint);
      const answer = JSON.stringify(first?.result ?? null);
      if (answer.length > answer_bytes) say({ kind: 'fault', why: 'the answer is too large' });
      else say({ kind: 'answer', answer });
    } catch (thrown) {
      say({ kind: 'fault', why: described(thrown) });
    }
  },
);
say({ kind: 'ready' });

/** @param {ThreadMessage} said */
function say(said) {
  parentPort?.postMessage(said);
}

/**
 * opa-wasm throws strings and plain objects; WebAssembly throws errors.
 * @param {unknown} thrown
 */
function described(thrown) {
  if (typeof thrown === 'string') return thrown;
  const { message } = /** @type {{ message?: unknown }} */ (thrown ?? {});
  return typeof message === 'string' ? message : 'the engine failed';
}
