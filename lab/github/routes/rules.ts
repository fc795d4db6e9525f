import type { Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, paged } from '../http.js';
import { fullName } from '../lookup.js';
import { notFound } from '../refusal.js';

/**
 * `GET /repos/{owner}/{repo}/rules/branches/{branch}`: the rules of rulesets, for everybody who can read the
 * repository.
 */
function rulesOfBranch(call: RepoCall): Promise<Reply> {
  const { repo, github, params } = call;
  const rule = repo.protection.get(params['branch'] ?? '');
  const source = {
    ruleset_source_type: 'Repository' as const,
    ruleset_source: fullName(github.state, repo),
    ruleset_id: repo.id,
  };
  const rules = rule?.ruleset
    ? [
        {
          ...source,
          type: 'required_status_checks' as const,
          parameters: {
            required_status_checks: rule.required_checks.map(({ context, app_id }) => ({
              context,
              ...(app_id !== null && { integration_id: app_id }),
            })),
            strict_required_status_checks_policy: rule.strict,
          },
        },
      ]
    : [];
  const { confined } = repo;
  const kept = confined !== null && !(params['branch'] ?? '').startsWith(confined.to);
  const confining = kept
    ? (['creation', 'update'] as const).map((type) => ({
        ...{ ...source, ruleset_id: confiningId(repo.id), type },
        ...(type === 'update' && { parameters: { update_allows_fetch_and_merge: false } }),
      }))
    : [];
  return paged(call, [...rules, ...confining], (one) => one);
}

const confiningId = (repo_id: number): number => repo_id + 1;

/** `GET …/rulesets/{ruleset_id}`: the one that keeps Apps to some branches, and whether the caller bypasses it. */
function getRuleset({ repo, github, params, identity }: RepoCall): Reply {
  const { confined } = repo;
  const ruleset_id = confiningId(repo.id);
  if (confined === null || params['ruleset_id'] !== String(ruleset_id)) throw notFound();
  const bypasses = identity.app !== null && confined.bypass.includes(identity.app.app_id);
  return ok({
    ...{ id: ruleset_id, name: 'requests', target: 'branch', enforcement: 'active' },
    ...{ source_type: 'Repository', source: fullName(github.state, repo) },
    current_user_can_bypass: bypasses ? 'always' : 'never',
    conditions: { ref_name: { include: ['~ALL'], exclude: [`refs/heads/${confined.to}**`] } },
    rules: [
      { type: 'creation' },
      { type: 'update', parameters: { update_allows_fetch_and_merge: false } },
    ],
  });
}

export const ruleRoutes: readonly Route[] = [
  onRepo(
    'GET',
    '/repos/{owner}/{repo}/rules/branches/{branch}',
    { app: [['metadata', 'read']], person: 'read' },
    rulesOfBranch,
  ),
  onRepo(
    'GET',
    '/repos/{owner}/{repo}/rulesets/{ruleset_id}',
    { app: [['metadata', 'read']], person: 'read' },
    getRuleset,
  ),
];
