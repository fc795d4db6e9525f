import { fileURLToPath } from 'node:url';
import type { PolicyData } from '../../src/core/policy/catalog.js';
import type { LiveFacts, Moment, PolicyInput } from '../../src/core/decision/facts.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import type { Parsed } from '../../src/core/reading/problem.js';
import type { PolicyTree } from '../../src/ports.js';
import { dataFiles } from '../../src/adapters/opa/layout.js';
import { readTree } from '../../src/adapters/opa/read-tree.js';
import { policyInput } from './policy-input.js';
import { alice } from './story.js';

const policies = new URL('../../policies/', import.meta.url);
const starter = await readTree(fileURLToPath(policies));

/** What a provider says that accepts everything that the catalog says. */
const willing = { check: () => [], checkIdentity: () => null };

/** The data files of a tree as the core parses them, for a provider that accepts every entitlement. */
export function parseData(files: Readonly<Record<string, string>>): Parsed<PolicyData> {
  return parsePolicyData(files, {
    guarded: { ...willing, type: 'guarded', targetless: true },
    postgres: { ...willing, type: 'postgres' },
  });
}

/** The data of the starter policy. */
export const starterData = dataOf(parseData(dataFiles(starter)));

/** The tree `policies/` of this repository. */
export const starterTree: PolicyTree = { id: 'starter', files: starter };

function dataOf(parsed: Parsed<PolicyData>): PolicyData {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** A Tuesday at this time in Berlin. */
export function at(hour: number, minute = 0, weekday = 'tue'): Moment {
  return {
    rfc3339: '2026-11-24T13:00:00Z',
    hour: 13,
    minute: 0,
    weekday: 'tue',
    zone: { name: 'Europe/Berlin', hour, minute, weekday },
  };
}

/** Alice asks to read in production for four hours, on a Tuesday afternoon. */
export function request(environment = 'production'): PolicyInput {
  return policyInput(`access-grants/${environment}/alice.yml`, {
    subject: { ...alice, member: true, teams: ['web'] },
    requester: { ...alice, teams: ['web'] },
    settings: starterData.settings.environments[environment] ?? { max_duration_seconds: 0 },
    now: at(14),
  });
}

/** The grant of `request` once it is live, requested by grace (107). */
export function live(input: PolicyInput = request()): LiveFacts & { requester_id: number } {
  if (input.grant === null) throw new Error('the request has no grant');
  return {
    ...input.grant,
    id: `${input.grant.path}@1f0c`,
    state: 'active',
    ends_at: '2026-11-24T17:00:00Z',
    requester_id: 107,
  };
}

/** A pull request by `requester` that withdraws alice's live grant. */
export function withdrawal(requester: PolicyInput['requester']): PolicyInput {
  const added = request();
  return {
    ...added,
    change: { ...added.change, kind: 'withdrawn', less: true },
    grant: null,
    previous: live(added),
    requester,
  };
}
