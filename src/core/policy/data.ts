import { approverTeams } from './approvers.js';
import type { Identities, PolicyData, Resource, Settings } from './catalog.js';
import { SLUG } from '../reading/names.js';
import { RESOURCE, resourceOf, type CatalogProviders } from './data-catalog.js';
import { DATA_TOKENS, readPolicyFile, type PolicyFile } from './data-file.js';
import { IDENTITIES, checkIdentities } from './data-identities.js';
import { checkPower } from './data-power.js';
import { SETTINGS, checkSettings } from './data-settings.js';
import { own, quote, someOf, type Parsed, type Problem } from '../reading/problem.js';
import { ENFORCEMENT, enforcementOf } from './enforcement/data-enforcement.js';
import { countTokens } from '../reading/strict-yaml-tokens.js';
import { MOST_PROBLEMS, tooMany } from '../reading/strict-yaml.js';

/**
 * Reads the data files of a `policies/` tree, given by path below it: `settings.yaml`, `identities.yaml` and
 * `enforcement.yaml` (may be missing) and `catalog/<resource>.yaml`. Returns the data for Rego and the providers, or every problem with its
 * line, at most fifty of a file. `access_repository` is `owner/name`; without it, roles are not checked against it.
 */
export function parsePolicyData(
  files: Readonly<Record<string, string>>,
  providers: CatalogProviders,
  access_repository: string | null = null,
): Parsed<PolicyData> {
  const problems: Problem[] = [...tooMuch(files)];
  if (problems.length > 0) return { ok: false, problems };
  const {
    'settings.yaml': settingsText = '',
    'identities.yaml': identitiesText = 'patterns: {}',
    'enforcement.yaml': enforcementText,
    ...others
  } = files;
  const settings = readPolicyFile('settings.yaml', settingsText, SETTINGS, problems);
  if (settings) checkSettings(settings);

  const catalog: Resource[] = [];
  const read: { readonly resource: Resource; readonly file: PolicyFile<unknown> }[] = [];
  for (const [path, text] of Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (problems.length >= MOST_PROBLEMS) break;
    const name = /^catalog\/(.*)\.yaml$/su.exec(path)?.[1];
    if (name === undefined || !SLUG.pattern.test(name)) {
      const message = `Daypass does not read ${quote(path)}. The data files are settings.yaml, identities.yaml, enforcement.yaml and catalog/<resource>.yaml.`;
      problems.push({ path: `policies/${path}`, line: null, code: 'wrong_path', message });
      continue;
    }
    const file = readPolicyFile(path, text, RESOURCE, problems);
    const resource = file && resourceOf(name, file, providers, settings?.value ?? null);
    if (!file || !resource) continue;
    catalog.push(resource);
    read.push({ resource, file });
  }

  const file = readPolicyFile('identities.yaml', identitiesText, IDENTITIES, problems);
  const identities: Identities | null = file && checkIdentities(file, providers, catalog);
  const named = Object.fromEntries(catalog.map((resource) => [resource.name, resource]));
  const whole = catalog.length === Object.keys(others).length ? named : null;
  const points =
    enforcementText === undefined
      ? null
      : readPolicyFile('enforcement.yaml', enforcementText, ENFORCEMENT, problems);
  const enforcement = points && enforcementOf(points, providers, whole);
  if (problems.length > 0 || !settings || !identities) return { ok: false, problems };
  const data: PolicyData = {
    ...{ settings: settings.value, identities, catalog: named },
    ...(enforcement && { enforcement }),
  };
  checkIds(settings, data);
  const governs = access_repository !== null && {
    repository: access_repository,
    teams: new Set(approverTeams(data)),
  };
  if (governs) for (const one of read) checkPower(one, providers, governs);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: data };
}

/** The most characters of all data files together. */
const DATA_LENGTH = 1024 * 1024;
const TOGETHER = 'the data files together have';

/** Whether the data files are too large. They are read in one go, and ends wait for that (invariant 16). */
function tooMuch(files: Readonly<Record<string, string>>): readonly Problem[] {
  const say = (path: string, message: string): readonly Problem[] => [
    { path: `policies/${path}`, line: null, code: 'too_large', message },
  ];
  let length = 0;
  let tokens = 0;
  for (const [path, text] of Object.entries(files)) {
    length += text.length;
    if (length > DATA_LENGTH)
      return say(
        path,
        `${TOGETHER} more than ${DATA_LENGTH} characters, which is the most allowed`,
      );
    tokens += countTokens(text, DATA_TOKENS - tokens);
    if (tokens > DATA_TOKENS) return say(path, tooMany(TOGETHER, DATA_TOKENS));
  }
  return [];
}

/** Ids that are written for a name that nobody asks, or for somebody whom identities.yaml knows by another one. */
function checkIds({ value, say }: PolicyFile<Settings>, data: PolicyData): void {
  const { teams = {}, users = {} } = value.ids ?? {};
  const asked = approverTeams(data);
  for (const slug of Object.keys(teams)) {
    if (asked.includes(slug)) continue;
    const message = `no approver is the team ${quote(slug)}. The teams that approve: ${someOf(asked)}.`;
    say(['ids', 'teams', slug], 'wrong_value', message);
  }
  for (const [login, id] of Object.entries(users)) {
    const listed = own(data.identities.people, login)?.github_id ?? id;
    if (listed === id) continue;
    const message = `identities.yaml knows ${login} as the GitHub account ${listed}`;
    say(['ids', 'users'], 'identity_taken', message);
  }
}
