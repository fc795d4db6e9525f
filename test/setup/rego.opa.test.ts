import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { opaOnPath } from '../support/opa.js';
import { stage, type Stage } from '../support/set-up.js';

const rego = [process.execPath, 'setup/rego.mjs'] as const;
const ticket = 'policies/access/rules/production/ticket/ticket.rego';
const PATH = dirname(opaOnPath());

let here: Stage;

beforeEach(async () => {
  const adapter = 'src/adapters/opa';
  here = await stage(['policies', `${adapter}/schemas`, `${adapter}/capabilities.json`]);
});

afterEach(() => here.remove());

async function mutate(from: RegExp, to: string): Promise<void> {
  const text = await readFile(join(here.folder, ticket), 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await here.write(ticket, changed);
}

describe('setup/rego.mjs on the starter policy', () => {
  test('all checks pass', async () => {
    const { code, stdout } = await here.run(rego, { PATH });
    expect(stdout).toMatch(
      /^rego format: passed\nrego check: passed\nrego test: passed: \d+ tests/,
    );
    expect(code).toBe(0);
  });

  test('a misspelt field of the input fails `check`', async () => {
    await mutate(/input\.grant\b/, 'input.graant');
    const { code, stdout } = await here.run([...rego, 'check'], { PATH });
    expect(stdout).toContain('graant');
    expect(code).toBe(1);
  });

  test('a built-in that policies may not use fails `check`', async () => {
    await here.write(ticket, 'package access.rules.production.ticket\n\nx := opa.runtime()\n');
    const { code, stdout } = await here.run([...rego, 'check'], { PATH });
    expect(stdout).toContain('opa.runtime');
    expect(code).toBe(1);
  });

  test('a rule that is missing fails `test`', async () => {
    await here.write(ticket, 'package access.rules.production.ticket\n');
    const { code, stdout } = await here.run([...rego, 'test'], { PATH });
    expect(stdout).toContain('ticket_test.rego');
    expect(code).toBe(1);
  });

  test('a format that differs from `opa fmt` fails `format`', async () => {
    await mutate(/not ticket_named/, 'not    ticket_named');
    expect((await here.run([...rego, 'format'], { PATH })).code).toBe(1);
  });
});
