import { constants } from 'node:os';
import { told } from '../../src/core/report/audit.js';
import { ACCESS_REPOSITORY, PEOPLE } from '../acme/acme.js';
import type { Name } from '../acme/acme.js';
import { grantFile } from '../acme/grant-file.js';
import { askAtUse, fileOfLink, type AnswerAtUse } from '../acme/orders-api.js';
import { until } from '../until.js';
import { invite } from './invite.js';
import { setStage } from './stage.js';
import type { Stage } from './stage.js';

const keep = process.argv.includes('--keep');
const started = performance.now();
const out = (line = '') => void process.stdout.write(`${line}\n`);
const title = (text: string) => {
  out();
  out(text);
};

const signals: NodeJS.Signals[] = [];
/** Rejects at the first Ctrl-C. Later ones change nothing, because npm passes on what the terminal has already sent. */
const ended = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals.push(signal);
      reject(new Error(`ended by ${signal}`));
    });
  }
});

let stage: Stage;

/** One step of the story, with the time on the clock that everybody in it reads. */
async function tell(text: string): Promise<void> {
  const at = (await stage.now()).toISOString();
  out(`  ${at.slice(0, 10)} ${at.slice(11, 19)}  ${text}`);
}

interface Run {
  id: number;
  name: string;
  conclusion: string;
  output: { title: string; summary: string };
}

/** Waits for the check to have this outcome, and prints its title. */
async function check(sha: string, begins: string): Promise<Run> {
  const run = await until(`a check that begins with "${begins}"`, async () => {
    const { check_runs } = await stage.people.root.must<{ check_runs: Run[] }>(
      'GET',
      `/repos/${ACCESS_REPOSITORY}/commits/${sha}/check-runs`,
    );
    const newest = check_runs.sort((a, b) => b.id - a.id)[0];
    if (newest?.output.title.startsWith(begins)) return newest;
    throw new Error(newest ? `it says "${newest.output.title}"` : 'there is no check yet');
  });
  await tell(`   check daypass is ${run.conclusion}: ${run.output.title}`);
  return run;
}

async function ask(who: Name, branch: string, files: Record<string, string | null>) {
  await stage.people[who].push(ACCESS_REPOSITORY, { branch, files });
  const pull = await stage.people[who].openPullRequest(ACCESS_REPOSITORY, {
    title: branch.replaceAll('-', ' '),
    head: branch,
  });
  await tell(`${who} opens pull request #${String(pull.number)}: ${Object.keys(files).join(', ')}`);
  return pull;
}

async function approve(who: Name, number: number): Promise<void> {
  await stage.people[who].review(ACCESS_REPOSITORY, number, 'APPROVE');
  await tell(`${who} (${PEOPLE[who].is}) approves`);
}

async function merge(who: Name, number: number): Promise<void> {
  await stage.people[who].merge(ACCESS_REPOSITORY, number);
  await tell(`${who} merges #${String(number)}`);
}

/** Waits until alice has, or no longer has, a role of the target, and tries to read as her. */
async function reads(role: string, expected: boolean): Promise<void> {
  await until(`alice ${expected ? 'in' : 'out of'} ${role}`, async () => {
    return (await stage.orders.members(role)).includes('alice') === expected;
  });
  const said = await stage.orders.query('alice', 'SELECT item FROM orders').then(
    ({ rows }) => `gets ${JSON.stringify(rows)}`,
    (error: unknown) => `is refused: ${error instanceof Error ? error.message : String(error)}`,
  );
  await tell(`   alice queries the orders database and ${said}`);
}

/** Waits for the app's comment to match, and prints its line. */
async function comment(number: number, says: RegExp): Promise<void> {
  const body = await until(`a comment that says ${String(says)}`, async () => {
    const [first] = await stage.people.alice.must<{ body: string }[]>(
      'GET',
      `/repos/${ACCESS_REPOSITORY}/issues/${String(number)}/comments`,
    );
    return first && says.test(first.body) ? first.body : null;
  });
  const line = body.split('\n').find((text) => says.test(text)) ?? '';
  await tell(`   comment on #${String(number)}: ${line.replace(/^- /, '').replaceAll('`', '')}`);
}

async function allowed(): Promise<void> {
  title('1. Allowed: alice needs to read orders in production for four hours');
  const path = 'access-grants/production/alice-orders.yml';
  const pull = await ask('alice', 'alice-reads-orders', { [path]: grantFile() });
  await check(pull.head.sha, 'Not yet: 0');
  await approve('bob', pull.number);
  await check(pull.head.sha, 'Not yet: 1');
  await approve('carol', pull.number);
  await check(pull.head.sha, 'Approved:');
  await merge('alice', pull.number);
  await reads('orders_reader', true);
  await comment(pull.number, /active until/);
  await stage.advance('PT4H');
  await tell('four hours pass');
  // While the end is under way, a session of hers is closed.
  await comment(pull.number, /seen gone/);
  await reads('orders_reader', false);
}

async function denied(): Promise<void> {
  title('2. Denied: frank wants to write for eight hours, and has no ticket');
  const path = 'access-grants/production/frank-orders.yml';
  const file = grantFile({ subject: 'frank', role: 'read-write', duration: '8h', ticket: null });
  const pull = await ask('frank', 'frank-writes-orders', { [path]: file });
  const run = await check(pull.head.sha, 'Denied:');
  const annotations = await stage.people.frank.must<{ start_line: number; message: string }[]>(
    'GET',
    `/repos/${ACCESS_REPOSITORY}/check-runs/${String(run.id)}/annotations`,
  );
  for (const { start_line, message } of annotations) {
    await tell(`   line ${String(start_line)}: ${message}`);
  }
  const tried = await stage.people.frank.call<{ message: string }>(
    'PUT',
    `/repos/${ACCESS_REPOSITORY}/pulls/${String(pull.number)}/merge`,
  );
  await tell(
    `frank tries to merge anyway; GitHub answers ${String(tried.status)}: ${tried.body.message}`,
  );
}

/** Waits for the answer to what alice wants to do with the service to be this one, and prints it. */
async function uses(action: string, decision: boolean): Promise<AnswerAtUse> {
  const answer = await until(`${action} is ${decision ? 'allowed' : 'denied'}`, async () => {
    const given = await askAtUse(stage.pdp, 'alice', action);
    return given.decision === decision ? given : null;
  });
  const said = answer.decision ? 'lets it through' : 'blocks it';
  await tell(`alice tries "${action}"; orders-api asks Daypass and ${said}:`);
  await tell(`   ${answer.context.reason_user}`);
  return answer;
}

async function atUse(): Promise<void> {
  title('3. At use: the service orders-api in staging asks about everything that alice does');
  const first = 'access-grants/staging/alice-logs.yml';
  const role = { resource: 'orders-api', role: 'operator', scope: { actions: ['logs'] } };
  const pull = await ask('alice', 'alice-reads-logs', { [first]: grantFile(role) });
  await check(pull.head.sha, 'Not yet: 0');
  await approve('bob', pull.number);
  await check(pull.head.sha, 'Approved:');
  await merge('alice', pull.number);
  await uses('logs', true);
  const { context } = await uses('restart', false);
  const { command = '', link = '' } = context.ask_for ?? {};
  await tell(`   it says how to ask for it: ${command}`);
  const { path, content } = fileOfLink(link, 'It hangs since the deploy of 14:10');
  await tell(`alice opens the link, which fills the file in, and writes the reason`);
  const more = await ask('alice', 'alice-restarts', { [path]: content });
  await check(more.head.sha, 'Not yet: 0');
  await approve('bob', more.number);
  await check(more.head.sha, 'Approved:');
  await merge('alice', more.number);
  await uses('restart', true);
}

async function endedEarly(): Promise<string> {
  title('4. Ended early: neither getting nor giving back access to development needs a review');
  const path = 'access-grants/development/alice-orders.yml';
  const file = grantFile({ duration: '8h', ticket: null });
  const pull = await ask('alice', 'alice-develops', { [path]: file });
  await check(pull.head.sha, 'Approved:');
  await merge('alice', pull.number);
  await reads('orders_reader', true);
  await comment(pull.number, /active until/);
  await stage.advance('PT1H');
  await tell('an hour passes; alice is done');
  const back = await ask('alice', 'alice-is-done', { [path]: null });
  await check(back.head.sha, 'Approved:');
  await merge('alice', back.number);
  await comment(pull.number, /ended early, seen gone/);
  await reads('orders_reader', false);
  return path;
}

async function trail(path: string): Promise<void> {
  title(`The audit trail of ${path}`);
  const { entries, intact } = await stage.audit(path);
  for (const entry of entries) {
    out(
      `  ${entry.at.slice(0, 10)} ${entry.at.slice(11, 19)}  ${String(entry.seq).padStart(3)}  ${told(entry)}`,
    );
  }
  out(`  ${intact}`);
}

async function play(): Promise<void> {
  await allowed();
  await denied();
  await atUse();
  await trail(await endedEarly());
  const astray = await stage.astray();
  if (astray.length > 0)
    throw new Error(
      `the stand-in for GitHub got unknown calls or gave wrong answers: ${JSON.stringify(astray)}`,
    );
}

let over = false;
try {
  title('Setting the stage: everything runs on this machine, and nothing leaves it');
  stage = await setStage((line) => out(`  ${line}`), ended);
  try {
    await Promise.race([play(), ended]);
    title(`Done in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
    over = true;
    if (keep) {
      title('Everything keeps running (Ctrl-C ends it). Try:');
      invite(stage, out);
      await ended;
    }
  } finally {
    await stage.close();
  }
} catch (error) {
  if (signals.length === 0) throw error;
}
// What the story still waits for is abandoned. This is a shell's exit code for an end by a signal.
process.exit(over || !signals[0] ? 0 : 128 + constants.signals[signals[0]]);
