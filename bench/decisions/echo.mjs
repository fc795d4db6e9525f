// A thread that answers every question with the same text: it measures the hop to a thread and back, nothing else.
// @ts-check
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('../../src/adapters/opa/engine/protocol.js').ThreadMessage} ThreadMessage */

parentPort?.on('message', () => say({ kind: 'answer', answer: String(workerData) }));
say({ kind: 'ready' });

/** @param {ThreadMessage} said */
function say(said) {
  parentPort?.postMessage(said);
}
