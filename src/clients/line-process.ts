import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { PastDeadline, within } from './deadline.js';
import { endInWords, killGroup, type ProcessEnd, type ProcessOptions } from './process.js';

export interface LineProcessOptions extends Pick<ProcessOptions, 'env' | 'cwd' | 'uid' | 'gid'> {
  /** How long the answers to one call may take, in milliseconds. */
  readonly deadline_ms: number;
  /** How long one answer may be before the process is killed. */
  readonly max_bytes: number;
  /** After this long without a question the process is ended; the next question starts another. */
  readonly idle_ms: number;
}

/** A program that answers each line of its input with one line. It starts with the first question, and again if it ended. */
export interface LineProcess {
  /** An answer to each of these lines, which contain no line feed. Throws `LineProcessOver` if it ended before. */
  ask(lines: readonly string[]): Promise<readonly string[]>;
  /** Ends it now; what is being asked fails. */
  close(): void;
}

/** The program ended, or was killed, before it had answered. */
export class LineProcessOver extends Error {
  override readonly name = 'LineProcessOver';
  constructor(
    readonly end: ProcessEnd,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Keeps a program running, without a shell, because to start one for each question takes longer than its answer. It
 * leads a process group of its own, all of which is killed at its end, and does not keep this process alive.
 */
export function createLineProcess(
  program: string,
  args: readonly string[],
  options: LineProcessOptions,
): LineProcess {
  const { deadline_ms, idle_ms } = options;
  let current: Attended | null = null;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const end = (running: Attended | null, how: ProcessEnd): void => {
    running?.end(how);
    if (current === running) current = null;
  };
  const askInTurn = async (lines: readonly string[]): Promise<readonly string[]> => {
    clearTimeout(idle);
    if (current?.isOver()) current = null;
    const running = (current ??= start(program, args, options));
    try {
      return await within(deadline_ms, () => running.ask(lines));
    } catch (error) {
      end(running, { kind: 'deadline' });
      throw error instanceof PastDeadline ? over({ kind: 'deadline' }, options) : error;
    } finally {
      idle = setTimeout(() => end(running, { kind: 'signal', signal: 'SIGKILL' }), idle_ms);
      idle.unref();
    }
  };
  return {
    ask: (lines) => {
      const answers = turn.then(() => askInTurn(lines));
      turn = answers.catch(() => undefined);
      return answers;
    },
    close: () => {
      clearTimeout(idle);
      end(current, { kind: 'signal', signal: 'SIGKILL' });
    },
  };
}

interface Attended {
  ask(lines: readonly string[]): Promise<readonly string[]>;
  isOver(): boolean;
  end(how: ProcessEnd): void;
}

const over = (
  end: ProcessEnd,
  { deadline_ms, max_bytes }: Pick<LineProcessOptions, 'deadline_ms' | 'max_bytes'>,
): LineProcessOver => new LineProcessOver(end, endInWords(end, deadline_ms, max_bytes));

function start(program: string, args: readonly string[], options: LineProcessOptions): Attended {
  const { deadline_ms, max_bytes, idle_ms: _, ...where } = options;
  const child = spawn(program, args, {
    ...where,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.unref();
  // A pipe is a socket, which its type does not say.
  for (const pipe of [child.stdin, child.stdout]) if (pipe instanceof Socket) pipe.unref();
  let ended: LineProcessOver | null = null;
  let text = '';
  let answers: string[] = [];
  let asking: {
    readonly count: number;
    readonly resolve: (answers: readonly string[]) => void;
    readonly reject: (error: Error) => void;
  } | null = null;

  const settle = (how: ProcessEnd): void => {
    ended ??= over(how, { deadline_ms, max_bytes });
    asking?.reject(ended);
    asking = null;
  };
  const end = (how: ProcessEnd): void => {
    settle(how);
    // Once it has exited its group is gone, and the id may be another's.
    if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
    child.stdin.destroy();
    child.stdout.destroy();
  };
  child.on('error', (cause) => settle({ kind: 'not-started', cause }));
  child.on('exit', (code, signal) => {
    killGroup(child.pid);
    settle(signal ? { kind: 'signal', signal } : { kind: 'exit', code: code ?? -1 });
  });
  // A program may end before it has read its input; its exit says what happened.
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    answers.push(...lines);
    const wanted = asking?.count ?? 0;
    // More than was asked for belongs to no question.
    if (text.length > max_bytes || answers.length > wanted) return end({ kind: 'output' });
    if (!asking || answers.length < wanted) return;
    const { resolve } = asking;
    asking = null;
    resolve(answers.splice(0));
  });
  return {
    isOver: () => ended !== null,
    end,
    ask: (lines) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        if (lines.length === 0) return resolve([]);
        answers = [];
        asking = { count: lines.length, resolve, reject };
        child.stdin.write(`${lines.join('\n')}\n`);
      }),
  };
}
