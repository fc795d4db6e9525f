import { z } from 'zod';
import type { FoundFamily } from '../../../core/policy/power.js';

/** Of `$name`, the access repository; GitHub's search matches a part of a name. */
const ACCESS = `repositories(first: 100, query: $name) {
  totalCount edges { permission node { databaseId } }
}`;
const SHORT = `databaseId slug ${ACCESS}`;

/** A team with those above and below it, each with what it may do on the access repository. Needs `$name`. */
export const FAMILY = `fragment family on Team {
  ${SHORT}
  ancestors(first: 50) { totalCount nodes { ${SHORT} } }
  childTeams(first: 100, immediateOnly: false) { totalCount nodes { ${SHORT} } }
}`;

const short = z.object({
  databaseId: z.number().int(),
  slug: z.string(),
  repositories: z.object({
    totalCount: z.number().int(),
    edges: z.array(
      z.object({ permission: z.string(), node: z.object({ databaseId: z.number().int() }) }),
    ),
  }),
});
const relatives = z.object({ totalCount: z.number().int(), nodes: z.array(short) });

export const family = short.extend({ ancestors: relatives, childTeams: relatives });

/** The permissions that only read; anything else, even a future name, counts as writing. */
const READS = ['READ', 'TRIAGE'];

/** The family in the core's form; a list that was cut proves nothing (invariant 3). */
export function familyOf(found: z.infer<typeof family>, repository_id: number): FoundFamily {
  const { ancestors, childTeams } = found;
  const all = [found, ...ancestors.nodes, ...childTeams.nodes];
  const whole =
    [ancestors, childTeams].every(({ totalCount, nodes }) => totalCount === nodes.length) &&
    all.every(({ repositories: { totalCount, edges } }) => totalCount === edges.length);
  if (!whole)
    return { unknown: 'GitHub returned only part of a list of teams or of what they may do' };
  const writes = ({ repositories }: z.infer<typeof short>) =>
    repositories.edges.some(
      ({ permission, node }) => node.databaseId === repository_id && !READS.includes(permission),
    );
  return {
    id: found.databaseId,
    teams: all.map((one) => ({ id: one.databaseId, slug: one.slug, writes: writes(one) })),
  };
}

/** The slug of a team from its `organisation/slug`; null if the organisation is not `owner`. */
export function slugIn(name: string, owner: string): string | null {
  const [org = '', slug = ''] = name.split('/');
  return org.toLowerCase() === owner.toLowerCase() ? slug : null;
}
