import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { merged } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { askAtUse, fileOfLink, ORDERS_API_FILES } from '../../lab/acme/orders-api.js';
import type { Installation } from '../../lab/processes/installation.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';
import { until } from '../../lab/until.js';

const PATH = 'access-grants/staging/alice-logs.yml';
const LOGS = grantFile({
  ...{ resource: 'orders-api', role: 'operator', duration: '1h' },
  scope: { actions: ['logs'] },
});

describe('at use', () => {
  let acme: Installation;
  let pdp: Program;
  let url: string;
  const portOf = (line: string) => (JSON.parse(line) as { port: number }).port;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z', files: ORDERS_API_FILES }));
    pdp = await acme.start('pdp', { PDP_PORT: '0' });
    const ready = pdp.lines.find((line) => line.includes('"ready"')) ?? '';
    url = `http://127.0.0.1:${String(portOf(ready))}`;
  }, 90_000);
  afterAll(() => acme.close(), 60_000);

  const says = (action: string, reason: string) =>
    until(`${action}: ${reason}`, async () => {
      const answer = await askAtUse(url, 'alice', action);
      if (answer.context.reason === reason) return answer;
      throw new Error(JSON.stringify(answer));
    });

  test('invariants 14, 27: denied with the reason, asked for by the link, allowed after the merge, over at its end', async () => {
    await says('logs', 'no_grant');
    await merged(acme, { who: 'alice', branch: 'logs', files: { [PATH]: LOGS } }, ['bob']);
    expect(await says('logs', 'allowed_by_grant')).toMatchObject({ decision: true });
    const { decision, context } = await says('restart', 'out_of_scope');
    expect(decision).toBe(false);
    expect(context.reason_user).toMatch(
      /staging\/alice-logs allows logs until .*; this is restart/,
    );
    const { path, content } = fileOfLink(context.ask_for?.link ?? '', 'It hangs');
    await merged(acme, { who: 'alice', branch: 'more', files: { [path]: content } }, ['bob']);
    expect(await says('restart', 'allowed_by_grant')).toMatchObject({ decision: true });

    await acme.advance('PT1H');
    expect(await says('logs', 'ended')).toMatchObject({ decision: false });
    // Gone counts only once the process has confirmed it.
    await acme.grant(PATH, 'expired');
    await acme.grant(path, 'expired');
    const told = await until('the denial in the log', async () => {
      const { out } = await acme.daypass('audit', 'log', '--denied', '--subject', 'alice');
      return out.includes('(out_of_scope)') ? out : null;
    });
    expect(told).toMatch(
      /alice was denied restart on orders-api in staging, asked by orders-api: /,
    );
    const verified = await until('the batch of uses', async () => {
      const { out } = await acme.daypass('audit', 'log');
      return out.includes('uses recorded, batch 1') ? acme.daypass('audit', 'verify') : null;
    });
    expect(verified).toMatchObject({ exit: 0 });
  }, 240_000);

  test('invariant 26: a process that does not come back is ended and started again, and nothing is allowed meanwhile', async () => {
    const pids = () =>
      pdp.lines
        .filter((line) => line.includes('"ready"'))
        .map((line) => (JSON.parse(line) as { pid: number }).pid);
    const [decides = 0] = pids().slice(-1);
    process.kill(decides, 'SIGSTOP');
    await expect(fetch(`${url}/healthz`, { signal: AbortSignal.timeout(700) })).rejects.toThrow();
    await pdp.line((line) => line.includes('exited unexpectedly (SIGKILL)'));
    await until('another process', async () => pids().length > 1);
  }, 60_000);
});
