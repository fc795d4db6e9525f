const PREFIX = {
  User: 'U',
  Bot: 'BOT',
  Organization: 'O',
  Team: 'T',
  Repository: 'R',
  PullRequest: 'PR',
  PullRequestReview: 'PRR',
  CheckRun: 'CR',
  IssueComment: 'IC',
  App: 'A',
  Integration: 'MDE',
  Installation: 'MDI',
  RepositoryInvitation: 'RI',
  OrganizationInvitation: 'OI',
  Commit: 'C',
  Ref: 'REF',
} as const;

export type NodeKind = keyof typeof PREFIX;

/** A global id, the same in REST's `node_id` and GraphQL's `id`: opaque, and the same at each call. */
export const nodeId = (kind: NodeKind, id: number | string): string =>
  `${PREFIX[kind]}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;

/** What a global id names, or null if it is not one of ours. */
export function readNodeId(node_id: string): { kind: NodeKind; id: string } | null {
  const text = Buffer.from(node_id.replace(/^[A-Z]+_/, ''), 'base64url').toString();
  const at = text.indexOf(':');
  const kind = text.slice(0, at);
  return Object.hasOwn(PREFIX, kind) ? { kind: kind as NodeKind, id: text.slice(at + 1) } : null;
}
