import { expect, test } from '@jest/globals';
import { HeardClient } from '../../src/clients/postgres.js';
import { freshDatabase } from '../../lab/servers/postgres.js';
import { startProgram } from '../../lab/processes/process.js';
import { layWire } from '../support/wire.js';
import type { Moment } from '../support/wire.js';

test.each<[string, Moment]>([
  ['CREATE TABLE daypass.entries', 'unsent'],
  ['CREATE TABLE daypass.entries', 'unanswered'],
  ['CREATE TABLE daypass.work', 'unsent'],
  ['commit', 'unanswered'],
])(
  'invariants 17, 22: after release was killed at %s (%s), the next release recovers',
  async (text, moment) => {
    const owner = await freshDatabase();
    const wire = await layWire(owner);
    const suffix = new URL(owner).pathname.slice(1, 20);
    const login = (role: string) => {
      const url = new URL(owner);
      url.username = `${role}_${suffix}`;
      url.password = `password-of-${role}`;
      return url.href;
    };
    const env = { DATABASE_URL: login('worker'), WEB_DATABASE_URL: login('web') };
    const reached = wire.stop(text, moment);
    const killed = startProgram(['dist/bin/release.js'], {
      ...env,
      RELEASE_DATABASE_URL: wire.through(owner),
    });
    await reached;
    await killed.end('SIGKILL');
    await wire.close();
    const again = startProgram(['dist/bin/release.js'], { ...env, RELEASE_DATABASE_URL: owner });
    expect(await again.exited).toBe(0);
    const client = new HeardClient({ connectionString: env.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query('SELECT seq::int FROM daypass.head');
    await client.end();
    expect(rows).toEqual([{ seq: 0 }]);
  },
  120_000,
);
