import type { Identities, PolicyData, Resource } from './catalog.js';
import { SLUG } from './names.js';
import { RESOURCE, resourceOf, type CatalogProviders } from './policy-data-catalog.js';
import { readPolicyFile } from './policy-data-file.js';
import { IDENTITIES, checkIdentities } from './policy-data-identities.js';
import { SETTINGS, checkSettings } from './policy-data-settings.js';
import { quote, type Parsed, type Problem } from './problem.js';

/**
 * Reads the data files of a `policies/` tree, given by path below it: `settings.yaml`, `identities.yaml` (may
 * be missing) and `catalog/<resource>.yaml`. Gives what Rego and the providers are driven by, or every
 * problem at once with its line.
 */
export function parsePolicyData(
  files: Readonly<Record<string, string>>,
  providers: CatalogProviders,
): Parsed<PolicyData> {
  const problems: Problem[] = [];
  const {
    'settings.yaml': settingsText = '',
    'identities.yaml': identitiesText = 'patterns: {}',
    ...others
  } = files;
  const settings = readPolicyFile('settings.yaml', settingsText, SETTINGS, problems);
  if (settings) checkSettings(settings);

  const catalog: Resource[] = [];
  for (const [path, text] of Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = /^catalog\/(.*)\.yaml$/su.exec(path)?.[1];
    if (name === undefined || !SLUG.pattern.test(name)) {
      const message = `found ${quote(path)}; allowed are settings.yaml, identities.yaml and catalog/<resource>.yaml`;
      problems.push({ path: `policies/${path}`, line: null, message });
      continue;
    }
    const file = readPolicyFile(path, text, RESOURCE, problems);
    const resource = file && resourceOf(name, file, providers, settings?.value ?? null);
    if (resource) catalog.push(resource);
  }

  const file = readPolicyFile('identities.yaml', identitiesText, IDENTITIES, problems);
  const identities: Identities | null = file && checkIdentities(file, providers, catalog);
  if (problems.length > 0 || !settings || !identities) return { ok: false, problems };
  const named = Object.fromEntries(catalog.map((resource) => [resource.name, resource]));
  return { ok: true, value: { settings: settings.value, identities, catalog: named } };
}

/** Everybody's team who may approve something: what settings declare, owners and policy owners (invariant 9). */
export function approverTeams(data: PolicyData): readonly string[] {
  const owners = Object.values(data.catalog).flatMap((resource) => resource.owners);
  const { teams, policy_owners } = data.settings;
  return [...new Set([...teams, ...owners, ...policy_owners.teams])].sort();
}
