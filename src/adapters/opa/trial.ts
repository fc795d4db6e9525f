import type { PolicyData } from '../../core/policy/catalog.js';
import type { PolicyAnswer, PolicyInput } from '../../core/decision/facts.js';
import type { Problem } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import { parseAnswer, parseUse } from './answer.js';
import type { Engine } from './engine/engine.js';

/**
 * The core's own trial of a policy (invariant 1): an empty input and an unknown environment are denied, and the answers
 * have the right shape. Returns what is wrong.
 */
export async function tryPolicy(engine: Engine, data: PolicyData): Promise<readonly Problem[]> {
  const request = 'policies/access/request.rego';
  const use = 'policies/access/use.rego';
  const problems: Problem[] = [];
  const say = (path: string, message: string) =>
    problems.push({ path, line: null, code: 'trial_failed', message });
  const hold = async (
    path: string,
    what: string,
    denied: () => Promise<boolean>,
  ): Promise<void> => {
    try {
      if (!(await denied())) say(path, `${what} is not denied.`);
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      say(path, `${what}: ${error.message}`);
    }
  };
  await hold(request, 'An empty input', async () =>
    isDenied(parseAnswer(await engine.ask('access/request', {}))),
  );
  await hold(request, 'An unknown environment', async () =>
    isDenied(parseAnswer(await engine.ask('access/request', unknownEnvironment(data)))),
  );
  await hold(use, 'An empty question', async () => {
    const { deny, approve } = parseUse(await engine.ask('access/use', {}));
    return deny.length > 0 || approve.length === 0;
  });
  return problems;
}

/** Deny beats require beats approve, and nothing anywhere is a denial. */
function isDenied({ deny, require, approve }: PolicyAnswer): boolean {
  return deny.length > 0 || require.length + approve.length === 0;
}

/** A request in which only the environment is wrong. */
function unknownEnvironment(data: PolicyData): PolicyInput {
  const environment = Object.keys(data.settings.environments).reduce(
    (name, known) => (name === known ? `${name}-too` : name),
    'unknown',
  );
  const [resource] = Object.values(data.catalog);
  const [role, known] = Object.entries(resource?.roles ?? {})[0] ?? [];
  const [settings] = Object.values(data.settings.environments);
  const path = `access-grants/${environment}/trial.yml`;
  const teams = [...data.settings.teams, ...(resource?.owners ?? [])];
  const clock = { hour: 12, minute: 0, weekday: 'tue' };
  return {
    change: { kind: 'added', path, environment, less: false },
    grant: {
      path,
      environment,
      resource: resource?.name ?? 'unknown',
      role: role ?? 'unknown',
      subject_id: 1,
      reason: 'trial',
      ticket: 'TRIAL-1',
      break_glass: false,
      scope: null,
      starts_at: null,
      expires_at: null,
      duration_seconds: 60,
    },
    previous: null,
    subject: { id: 1, login: 'trial', member: true, teams },
    requester: { id: 1, login: 'trial', teams },
    contributors: [1],
    resource: {
      name: resource?.name ?? 'unknown',
      provider: resource?.provider ?? 'unknown',
      owners: resource?.owners ?? [],
    },
    role: {
      name: role ?? 'unknown',
      risk: known?.risk ?? 'normal',
      native_expiry: 'full',
      enforces_scope: true,
    },
    settings: settings ?? { max_duration_seconds: 60 },
    pull_request: { number: 1, title: 'trial', url: 'https://github.com' },
    siblings: [],
    pending: [],
    live: [],
    history: [],
    covers_now: [],
    now: { rfc3339: '2026-01-06T12:00:00Z', ...clock, zone: { name: 'UTC', ...clock } },
  };
}
