import type { GrantRecord } from '../grant/record.js';
import { remember } from '../reading/remember.js';

/** The grants that a decision process goes by, found by whose they are and on what. */
export interface LiveGrants {
  /** Takes in the newest record of a grant, as its text; null where it allows nothing and has not for long. */
  put(id: string, text: string | null): void;
  /** A subject's grants on a resource, in any environment and state. */
  of(subject: number, resource: string): readonly GrantRecord[];
  /** The subjects with grants on a resource, and the resources of a subject: what searches go over. */
  subjectsOf(resource: string): ReadonlySet<number>;
  resourcesOf(subject: number): ReadonlySet<string>;
}

interface GrantText {
  readonly id: string;
  readonly text: string;
}

/** Records that were asked about lately and need not be read again: a few MB. */
const REMEMBERED = { entries: 2_000, characters: 8_000_000 } as const;

/**
 * An empty index. A whole new reading of the ledger begins with one, so that nobody sees half of it. It holds texts, which
 * take far less memory than what `read` makes of them, and reads what is asked about.
 */
export function createLiveGrants(read: (text: string) => GrantRecord): LiveGrants {
  const recordOf = remember(read, () => 0, REMEMBERED);
  const places = new Map<string, { readonly subject: number; readonly resource: string }>();
  const bySubject = new Map<number, Map<string, readonly GrantText[]>>();
  const byResource = new Map<string, Set<number>>();

  const remove = (id: string): void => {
    const place = places.get(id);
    if (!place) return;
    places.delete(id);
    const { subject, resource } = place;
    const mine = bySubject.get(subject);
    const left = (mine?.get(resource) ?? []).filter((one) => one.id !== id);
    if (left.length > 0) {
      mine?.set(resource, left);
      return;
    }
    mine?.delete(resource);
    if (mine?.size === 0) bySubject.delete(subject);
    const subjects = byResource.get(resource);
    subjects?.delete(subject);
    if (subjects?.size === 0) byResource.delete(resource);
  };

  return {
    put(id, text) {
      remove(id);
      if (text === null) return;
      const record = read(text);
      const subject = record.subject.id;
      const { resource } = record.declared;
      places.set(id, { subject, resource });
      const mine = bySubject.get(subject) ?? new Map<string, readonly GrantText[]>();
      mine.set(resource, [...(mine.get(resource) ?? []), { id, text }]);
      bySubject.set(subject, mine);
      const subjects = byResource.get(resource) ?? new Set();
      subjects.add(subject);
      byResource.set(resource, subjects);
    },
    of: (subject, resource) =>
      (bySubject.get(subject)?.get(resource) ?? []).map(({ text }) => recordOf(text)),
    subjectsOf: (resource) => byResource.get(resource) ?? new Set(),
    resourcesOf: (subject) => new Set(bySubject.get(subject)?.keys()),
  };
}
