import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startAtUse } from '../../../src/adapters/opa/at-use.js';
import { createPolicy } from '../../../src/adapters/opa/policy.js';
import type { UseInput } from '../../../src/core/use/weigh.js';
import { momentOf } from '../../../src/core/policy/moment.js';
import {
  EngineFault,
  type LoadedPolicy,
  type Policy,
  type PolicyAtUse,
} from '../../../src/ports.js';
import { parseData, starterTree } from '../../../lab/acme/policy.js';
import { opaAsInWorker } from '../../support/opa.js';

const READER = 'access/rules/every/reader/reader.rego';
/** Says all that a rule may read, so that an answer to another question is seen. */
const RULE = `# METADATA
# schemas:
#   - input: schema["input.use"]
package access.rules.every.reader

use_warn contains {"rule": "every/reader", "message": concat(" ", [
	json.marshal(input.context),
	json.marshal(input.subject),
	json.marshal(input.resource),
	json.marshal(input.action),
	json.marshal(input.now),
])}

use_deny contains {"rule": "every/reader", "message": "Not now."} if {
	input.now.rfc3339 >= "2026-11-24T17:00:01Z"
	input.context.deny == true
}
`;

let folder: string;
let policy: Policy;
let threaded: LoadedPolicy;
let inline: PolicyAtUse;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-at-use-'));
  policy = createPolicy({ parseData, folder, ...(await opaAsInWorker(folder)) });
  const tree = { id: 'reader', files: { ...starterTree.files, [READER]: RULE }, executable: [] };
  const load = await policy.load(tree);
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  threaded = load.policy;
  const started = startAtUse({ tree, wasm: Uint8Array.from(threaded.wasm) }, parseData);
  if (!started.ok) throw new Error(JSON.stringify(started.problems));
  inline = started.value;
});
afterAll(async () => {
  await policy.close();
  await rm(folder, { recursive: true });
});

const input = (of: {
  seconds: number;
  context: object;
  carried: object;
  id: string;
}): UseInput => ({
  subject: { type: 'user', id: '101', properties: of.carried },
  resource: { type: 'postgres', id: 'orders-db', properties: { environment: 'production' } },
  action: { name: 'select', properties: {} },
  context: of.context,
  grants: [{ id: of.id, ends_at: null } as unknown as UseInput['grants'][number]],
  now: momentOf(new Date(Date.parse('2026-11-24T17:00:00Z') + of.seconds * 1_000), 'UTC'),
});

test('invariant 27: what a decision process remembers is what the rules would answer in a thread that remembers nothing', async () => {
  const texts = fc.constantFrom(
    {},
    { deny: true },
    { why: 'ünïcode ‮ "' },
    { list: [1, 2.5, null] },
  );
  const question = fc.record({
    seconds: fc.integer({ min: 0, max: 2 }),
    context: texts,
    carried: texts,
    id: fc.constantFrom('a', 'b'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(question, { minLength: 2, maxLength: 12 }), async (questions) => {
      for (const one of questions) {
        const asked = input(one);
        expect(inline.use(asked)).toEqual(await threaded.use(asked));
      }
    }),
    { numRuns: 40 },
  );
});

test('a number that JSON does not carry is a fault, each time', () => {
  const asked = input({ seconds: 0, context: { at: 1e999 }, carried: {}, id: 'a' });
  const none = input({ seconds: 0, context: { at: null }, carried: {}, id: 'a' });
  inline.use(none);
  expect(() => inline.use(asked)).toThrow(EngineFault);
  expect(() => inline.use(asked)).toThrow('loses digits');
});

test('a question that is larger than the policy is given is a fault, and the next is answered', () => {
  const asked = input({
    seconds: 0,
    context: { x: 'x'.repeat(4 * 1024 * 1024) },
    carried: {},
    id: 'a',
  });
  expect(() => inline.use(asked)).toThrow('a policy is given at most');
  expect(inline.use(input({ seconds: 0, context: {}, carried: {}, id: 'a' })).deny).toEqual([]);
});
