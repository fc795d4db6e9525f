import type { Bodies, EntryKind, NewEntry } from '../../../src/core/ledger/events.js';
import type { Told } from '../../../lab/acme/story.js';
import { minute } from '../../../lab/acme/story.js';

/** An event of a story as an entry to be written. */
export const of = (grant: string, [, kind, body]: Told): NewEntry =>
  ({ kind, grant, pull_request: 7, body }) as NewEntry;

export const entry = <K extends EntryKind>(
  kind: K,
  body: Bodies[K],
  pull_request: number | null = null,
): NewEntry => ({ kind, grant: null, pull_request, body }) as NewEntry;

export const policy = { tree: 't1', data: 'd1', wasm: 'w1', compiler: 'opa 1' };
export const source = {
  installation_id: 77,
  owner_id: 1,
  repository_id: 9,
  default_branch: 'main',
};

export const started = (step: string) => entry('ledger.started', { source, step, policy });

export const landed = (commit: string, pull_request: number | null = null) =>
  entry(
    'step.landed',
    { commit, parent: 'before', pull_request, by: null, ignored: [] },
    pull_request,
  );

export const at = (n: number): Date => new Date(minute(n));
