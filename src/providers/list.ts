import type { Provider } from '../ports.js';
import { githubCollaborator } from './github-collaborator/collaborator.js';
import { githubTeam } from './github-team/team.js';
import { guarded } from './guarded/guarded.js';
import { postgres } from './postgres/postgres.js';

/** Every provider, by the type that the catalog names. */
export const providers: Readonly<Record<string, Provider>> = {
  'github-collaborator': githubCollaborator,
  'github-team': githubTeam,
  guarded,
  postgres,
};
