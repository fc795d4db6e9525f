import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { UseInput } from '../../src/core/use/weigh.js';
import type { LoadedPolicy } from '../../src/ports.js';
import { loadStarter } from './starter.js';
import { at, live } from '../../lab/acme/policy.js';

let starter: LoadedPolicy;
beforeAll(async () => {
  starter = await loadStarter();
});

const { requester_id: _, ...facts } = live();
const shell = {
  ...{ ...facts, environment: 'ci', resource: 'orders-pipelines', role: 'runner-shell' },
};
const question = (action: string, grants: UseInput['grants']): UseInput => ({
  subject: { type: 'user', id: '101', properties: { login: 'alice' } },
  resource: { type: 'pipeline', id: 'orders-pipelines', properties: { environment: 'ci' } },
  action: { name: action, properties: {} },
  ...{ context: {}, grants, now: at(14) },
});

const NAMES = ['role', 'admin', 'owner', 'login', 'teams', 'approved', 'environment', 'now', 'x'];
const values = fc.oneof(
  fc.constantFrom<unknown>('admin', 'root', 'ci', 'production', 'runner-shell', '*'),
  ...[fc.boolean(), fc.integer(), fc.string({ maxLength: 8 }), fc.constant(['admin', '*'])],
);
const carried = fc.dictionary(fc.constantFrom(...NAMES), values, { maxKeys: 4 });

/** Whether the rules would let it through: nothing denies it, and a grant is named. */
async function allowed(input: UseInput): Promise<boolean> {
  const { deny, approve } = await starter.use(input);
  return deny.length === 0 && approve.length > 0;
}

test('what only a question carries adds no right in the starter', async () => {
  expect(await allowed(question('shell', [shell]))).toBe(true);
  const questions = [
    question('shell', [shell]),
    ...[question('shell', []), question('rerun', [shell]), question('', [shell])],
  ];
  await fc.assert(
    fc.asyncProperty(
      ...([fc.constantFrom(...questions), carried, carried, carried, carried] as const),
      async (plain, subject, resource, action, context) => {
        const { environment } = plain.resource.properties;
        const loaded: UseInput = {
          ...plain,
          subject: { ...plain.subject, properties: { ...subject, ...plain.subject.properties } },
          resource: { ...plain.resource, properties: { ...resource, environment } },
          action: { ...plain.action, properties: action },
          context,
        };
        if (await allowed(loaded)) expect(await allowed(plain)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
