import type { PolicyData } from '../policy/catalog.js';
import { pointsOf, type EnforcementPoint } from '../policy/enforcement/point.js';
import { subjectFinder, type FindsSubject } from '../policy/enforcement/subject.js';

/** An enforcement point, and how its names of people become numeric GitHub ids. */
export interface Caller {
  readonly point: EnforcementPoint;
  readonly find: FindsSubject;
}

/** The enforcement points of a policy by name. */
export type Callers = ReadonlyMap<string, Caller>;

/** Made once for each policy: it goes through everybody in identities.yaml. */
export function callersOf(data: PolicyData): Callers {
  return new Map(
    pointsOf(data).map((point) => [
      point.name,
      { point, find: subjectFinder(point, data.identities) },
    ]),
  );
}
