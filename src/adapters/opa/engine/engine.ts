import { Worker } from 'node:worker_threads';
import { EngineFault } from '../../../ports.js';
import { THREAD, type Entrypoint } from '../assets.js';
import { ASK } from '../limits.js';
import type { ThreadQuestion, Program, ThreadMessage } from './protocol.js';
import { encode } from './question.js';

export interface Deadlines {
  readonly deadline_ms: number;
  readonly start_ms: number;
}

/**
 * A compiled policy with its data, which runs in a thread of its own (invariant 26). Questions wait for each other. A
 * question that fails or is not answered by its deadline ends the thread, and the next one gets a new thread.
 */
export class Engine {
  private readonly program: Program;
  private last: Promise<unknown> = Promise.resolve();
  private worker: Promise<Worker> | null = null;
  private waiting = 0;
  private retired = false;

  constructor(
    wasm: Uint8Array<ArrayBuffer>,
    data: unknown,
    private readonly deadlines: Deadlines = ASK,
  ) {
    const { data_bytes, memory_pages, answer_bytes } = ASK;
    this.program = { wasm, data: encode(data, data_bytes), memory_pages, answer_bytes };
  }

  /** The value of an entrypoint for an input, null when it is undefined. Throws `EngineFault`. */
  async ask(entrypoint: Entrypoint, input: unknown): Promise<unknown> {
    const asked: ThreadQuestion = { entrypoint, input: encode(input, ASK.input_bytes) };
    this.waiting += 1;
    const turn = this.last.then(async () => {
      try {
        return await this.answer(asked);
      } finally {
        this.waiting -= 1;
        await this.stopIfRetired();
      }
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Retires it: the thread ends once the waiting questions are answered. Whoever still holds the policy may ask on; each
   * thread that this takes is ended after its answer, since nobody else would end it.
   */
  async rest(): Promise<void> {
    this.retired = true;
    const turn = this.last.then(() => this.stopIfRetired());
    this.last = turn;
    return turn;
  }

  private async answer(asked: ThreadQuestion): Promise<unknown> {
    try {
      this.worker ??= start(this.program, this.deadlines.start_ms);
      const worker = await this.worker;
      const said = await next(worker, this.deadlines.deadline_ms, () =>
        worker.postMessage(asked, [asked.input]),
      );
      if (said.kind === 'answer') return JSON.parse(said.answer) as unknown;
      throw new EngineFault(
        `${asked.entrypoint}: ${said.kind === 'fault' ? said.why : 'no answer'}`,
      );
    } catch (fault) {
      await this.stop();
      throw fault;
    }
  }

  private async stopIfRetired(): Promise<void> {
    if (this.retired && this.waiting === 0) await this.stop();
  }

  private async stop(): Promise<void> {
    const worker = this.worker;
    this.worker = null;
    if (worker !== null) await worker.then((thread) => thread.terminate()).catch(() => undefined);
  }
}

async function start(program: Program, deadline_ms: number): Promise<Worker> {
  const worker = new Worker(THREAD, {
    workerData: program,
    // A policy sees neither our environment nor our output, and none of our flags changes how it runs.
    execArgv: [],
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // An error in a thread that nobody waits for must not end this process.
  worker.on('error', () => undefined);
  worker.unref();
  try {
    const said = await next(worker, deadline_ms, () => undefined);
    if (said.kind !== 'ready') throw new EngineFault('The thread of the policy did not start.');
    return worker;
  } catch (fault) {
    await worker.terminate();
    throw fault;
  }
}

/** The next message of a thread after `act`, or an `EngineFault` at the deadline or when the thread ends. */
function next(worker: Worker, deadline_ms: number, act: () => void): Promise<ThreadMessage> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      then();
    };
    const onMessage = (said: ThreadMessage): void => settle(() => resolve(said));
    const onError = (cause: Error): void =>
      settle(() => reject(new EngineFault(`The policy failed: ${cause.message}`, { cause })));
    const onExit = (): void =>
      settle(() => reject(new EngineFault('The thread of the policy ended.')));
    const late = () =>
      reject(new EngineFault(`The policy did not answer within ${deadline_ms} ms.`));
    // An answer that came while this process was busy is read before the deadline counts.
    const timer = setTimeout(() => setImmediate(() => settle(late)), deadline_ms);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    act();
  });
}
