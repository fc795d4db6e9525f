export type RepoRole = 'read' | 'triage' | 'write' | 'maintain' | 'admin';
export type TeamRole = 'maintainer' | 'member';

export interface Org {
  readonly id: number;
  login: string;
  /** What every member may do on every repository of the organisation; null: nothing by membership alone. */
  default_permission: RepoRole | null;
  readonly members: Map<number, 'admin' | 'member'>;
  readonly invitations: Map<number, OrgInvitation>;
  readonly created_at: Date;
}

/** An invitation to become a member, and of which teams; open for a week. */
export interface OrgInvitation {
  readonly id: number;
  readonly org_id: number;
  readonly invitee_id: number;
  readonly inviter_id: number;
  readonly teams: Map<number, TeamRole>;
  readonly created_at: Date;
}

export interface Team {
  readonly id: number;
  readonly org_id: number;
  slug: string;
  name: string;
  parent_id: number | null;
  privacy: 'closed' | 'secret';
  /** Its members come from groups of an identity provider, and GitHub's API does not change them. */
  synchronised: boolean;
  /** Direct members only, as they were added; lookup.ts adds those of the child teams. */
  readonly members: Map<number, TeamRole>;
  readonly repos: Map<number, RepoRole>;
  readonly created_at: Date;
}
