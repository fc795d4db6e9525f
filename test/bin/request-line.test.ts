import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { requestLine } from '../../src/core/use/request-line.js';
import { HOSTILE } from '../support/core/drafts.js';

/** The words that a POSIX shell makes of a command line, without the name of the command. */
function wordsOf(line: string): readonly string[] {
  const print = `printf '%s\\0' ${line.replace(/^daypass /, '')}`;
  return execFileSync('sh', ['-c', print], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

test('a shell gives each reason to the command as one word', () => {
  for (const reason of HOSTILE) {
    const line = requestLine({
      ...{ environment: 'production', subject: 'alice', resource: 'orders-db', role: 'read-only' },
      ...{ duration: '1h', expires_at: null, starts_at: null, actions: null, reason, ticket: null },
    });
    expect(wordsOf(line).slice(-2)).toEqual(['--reason', reason]);
  }
});
