import type { Reply, RepoCall, Route } from '../http.js';
import { onRepo, paged } from '../http.js';
import { fullName } from '../lookup.js';

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
  return paged(call, rules, (one) => one);
}

export const ruleRoutes: readonly Route[] = [
  onRepo(
    'GET',
    '/repos/{owner}/{repo}/rules/branches/{branch}',
    { app: [['metadata', 'read']], person: 'read' },
    rulesOfBranch,
  ),
];
