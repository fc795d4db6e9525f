// A thread that answers each question with the same text: the hop there and back, and nothing else.
// @ts-check
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('../../src/adapters/opa/protocol.js').Said} Said */

parentPort?.on('message', () => say({ kind: 'answer', answer: String(workerData) }));
say({ kind: 'ready' });

/** @param {Said} said */
function say(said) {
  parentPort?.postMessage(said);
}
