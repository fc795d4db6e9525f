import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HeardClient } from '../../src/clients/postgres.js';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { verifyLedger } from '../../src/adapters/postgres/ledger/verify-ledger.js';
import { decideAgain } from '../../src/core/decision/decide-again.js';
import { canonical } from '../../src/core/reading/canonical.js';
import { policyTreeId } from '../../src/core/policy/tree-id.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import { providers } from '../../src/providers/list.js';
import { ACCESS_REPOSITORY, WEBHOOK_SECRET } from '../../lab/acme/acme.js';
import { approved, bodies, denial, entries, merged } from '../../lab/acme/asking.js';
import { openGate } from '../support/gate.js';
import type { Gate } from '../support/gate.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { remakeDecisions } from '../../lab/processes/remake.js';
import type { Program } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';

const PATH = 'access-grants/production/on-record.yml';

describe('records and secrets', () => {
  let acme: Installation;
  let gate: Gate;
  const programs: Program[] = [];
  beforeAll(async () => {
    acme = await install({ now: '2026-11-24T09:00:00Z' });
    gate = await openGate(acme.orders.url);
    const url = gate.through(acme.orders.url);
    programs.push(await acme.start('web'));
    programs.push(await acme.start('worker', { TARGET_ORDERS_URL: url }));
  }, 400_000);
  afterAll(async () => {
    await acme.close();
    await gate.close();
  }, 60_000);

  test('invariant 21: the intent, activation and end of a grant are recorded in this order', async () => {
    await merged(acme, { who: 'alice', branch: 'on-record', files: { [PATH]: grantFile() } });
    const { id } = await acme.grant(PATH, 'active');
    // Failures are recorded, too, and must not contain a secret either.
    gate.lead(null);
    await acme.advance('PT4H');
    await until('a failed end', async () => {
      return bodies(await entries(acme), 'grant.attempt_failed').length > 0;
    });
    gate.lead(acme.orders.url);
    await acme.advance('PT1M');
    await acme.grant(PATH, 'expired');
    const kinds = (await entries(acme, { grant: String(id) })).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'grant.attempt_failed')).toEqual([
      'grant.approved',
      'decision.made',
      'grant.activating',
      'grant.activated',
      'grant.overdue',
      'grant.expired',
    ]);
  }, 400_000);

  test('invariant 22: the chain is intact over all processes, and the checks show its head', async () => {
    const file = grantFile({ reason: '@alice <img src=x> [a](javascript:x)', ticket: null });
    const pull = await acme.ask('frank', 'denied', { 'access-grants/production/no.yml': file });
    const { check } = await denial(acme, pull.head.sha);
    // Grants and due times match the entries, and the archived policy is what was recorded.
    const verified = await verifyLedger(acme.ledger, [], new Date(acme.github.state.clock.now()));
    expect(verified).toMatchObject({ ok: true, grants: 1 });
    const [recorded] = 'policies' in verified ? verified.policies : [];
    const tree = await createLedger(acme.ledger).policyTree(recorded?.digests.tree ?? '');
    expect(tree && policyTreeId(tree)).toBe(recorded?.digests.tree);
    const [, seq, hash] = /Ledger: entry (\d+), `([0-9a-f]{64})`/.exec(check.summary) ?? [];
    const shown = (await entries(acme)).find((entry) => entry.seq === Number(seq));
    expect(shown?.hash).toBe(hash);
  }, 400_000);

  test('invariant 23: every recorded decision gives the same answer when it is made again', async () => {
    const all = await entries(acme);
    const [started] = bodies(all, 'ledger.started');
    const tree = await createLedger(acme.ledger).policyTree(started?.policy.tree ?? '');
    const folder = await mkdtemp(join(tmpdir(), 'replayed-'));
    const policy = createPolicy({
      parseData: (files) => parsePolicyData(files, providers),
      folder,
      opa: null,
    });
    const loaded = tree && (await policy.load(tree));
    if (!loaded?.ok) throw new Error(JSON.stringify(loaded));
    const decided = bodies(all, 'decision.made');
    expect(new Set(decided.map(({ moment }) => moment))).toEqual(
      new Set(['pull_request', 'step', 'activation']),
    );
    // As each story does at its end, by the entries alone.
    expect(await remakeDecisions(acme.ledger)).toBeGreaterThanOrEqual(decided.length);
    for (const body of decided) {
      const { replay, decision } = body;
      if (!replay) throw new Error('a decision without the question that policy answered');
      expect(replay.policy).toEqual(loaded.policy.digests);
      const answer = await loaded.policy.request(replay.input);
      expect(canonical(answer)).toBe(canonical(replay.answer));
      expect(canonical(decideAgain(body, answer))).toBe(canonical(decision));
    }
    await policy.close();
    await rm(folder, { recursive: true });
  }, 60_000);

  test('invariant 25: a webhook that is not signed with the secret leaves no row', async () => {
    const rows = async () => (await acme.ledger.query('SELECT 1 FROM daypass.deliveries')).rowCount;
    await acme.github.github.deliveries.settled();
    const before = await rows();
    const body = JSON.stringify({ action: 'opened', pull_request: { number: 1 } });
    const send = (secret: string) =>
      fetch(`${acme.web_url}/api/github/webhooks`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'pull_request',
          'x-github-delivery': `forged-${secret.length}`,
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        },
      });
    expect((await send('a-guess')).status).toBe(400);
    expect((await send('development')).status).toBe(400);
    expect(await rows()).toBe(before);
    expect((await send(WEBHOOK_SECRET)).status).toBe(200);
    expect(await rows()).toBe((before ?? 0) + 1);
  }, 60_000);

  test('invariant 25: whoever holds the web role can cause Daypass to look, and nothing more', async () => {
    const path = 'access-grants/production/forged.yml';
    const pull = await acme.ask('alice', 'forged', { [path]: grantFile({ role: 'read-write' }) });
    await denial(acme, pull.head.sha);
    const other = await approved(
      acme,
      { who: 'frank', branch: 'green', files: { 'docs/green.md': '# Green\n' } },
      [],
    );
    await until('nothing to do', async () => {
      const { rows } = await acme.ledger.query('SELECT 1 FROM daypass.work WHERE due_at <= $1', [
        acme.github.state.clock.now(),
      ]);
      return rows.length === 0;
    });
    const before = await entries(acme);
    acme.github.github.calls.clear();
    const web = new HeardClient({ connectionString: acme.urls.WEB_DATABASE_URL });
    await web.connect();
    await web.query(
      `INSERT INTO daypass.deliveries (delivery_id, event, action, pull_request)
       VALUES ('forged-1', 'pull_request', 'closed', $1), ('forged-2', 'pull_request_review', 'submitted', $2)`,
      [pull.number, other.number],
    );
    for (const table of ['deliveries', 'entries', 'grants', 'work'])
      await expect(web.query(`SELECT 1 FROM daypass.${table}`)).rejects.toThrow(
        'permission denied',
      );
    await web.end();
    await until('a look', async () =>
      acme.github.github.calls.list().some(({ route }) => route === '/graphql'),
    );
    await until('both looked at', async () => {
      const { rows } = await acme.ledger.query(
        `SELECT 1 FROM daypass.work WHERE topic = ANY($1)
         UNION ALL SELECT 1 FROM daypass.deliveries WHERE handled_at IS NULL`,
        [['tip', `pull:${String(pull.number)}`, `pull:${String(other.number)}`]],
      );
      return rows.length === 0;
    });
    expect(await entries(acme)).toEqual(before);
    expect((await acme.people.root.pullRequest(ACCESS_REPOSITORY, pull.number)).state).toBe('open');
    expect(await acme.orders.members('orders_writer')).toEqual([]);
  }, 400_000);

  test('invariant 24: no secret was written anywhere', async () => {
    const tokens = [...acme.github.state.tokens.keys()].filter((token) => token.startsWith('ghs_'));
    expect(tokens.length).toBeGreaterThan(0);
    expect(acme.secrets.length).toBeGreaterThan(20);
    const { check_runs, comments } = acme.github.state;
    const written = [
      ...programs.flatMap(({ lines }) => lines),
      ...[...check_runs.values(), ...comments.values()].map((one) => JSON.stringify(one)),
      ...(await entries(acme)).map((entry) => JSON.stringify(entry)),
    ];
    for (const table of ['deliveries', 'work', 'shown', 'grants'])
      written.push(JSON.stringify((await acme.ledger.query(`TABLE daypass.${table}`)).rows));
    const all = written.join('\n');
    expect([...acme.secrets, ...tokens].filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).not.toMatch(/ghs_|PRIVATE KEY|postgres(ql)?:\/\//);
  });
});
