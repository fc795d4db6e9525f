import type { Who } from './record.js';

/** A GitHub account. People are identified by numeric id; the login is for display (invariant 6). */
export interface Person {
  readonly id: number;
  readonly login: string;
  /** GitHub's account type: only a `User` is a human (invariant 4). */
  readonly type: 'User' | 'Bot' | 'Organization' | 'Mannequin' | 'EnterpriseUserAccount';
}

/** A person, and whether they are in the organisation that owns the access repository. */
export interface Account extends Person {
  readonly member: boolean;
}

/** A team resolved to its id, with everybody in it now, including members of child teams. */
export interface Team {
  readonly slug: string;
  readonly id: number;
  readonly members: readonly Person[];
  /** The ids of the teams below it, at any depth. */
  readonly below: readonly number[];
}

/** A person in the form that decisions and records use (invariant 6). */
export function whoIs({ id, login }: Person): Who {
  return { id, login };
}

/** Only a human's approval counts (invariant 4). */
export function isHuman({ type }: Person): boolean {
  return type === 'User';
}
