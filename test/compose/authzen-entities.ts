/* What the cases of AuthZEN's certification scenario speak of, and what a case is. */

export type Endpoint =
  'evaluation' | 'evaluations' | 'search/subject' | 'search/resource' | 'search/action';

export interface ScenarioCase {
  readonly id: string;
  readonly is: string;
  readonly at: Endpoint;
  /** Text is sent as it is. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: 200 | 400;
  /** The decisions that the fixture fixes, in order; null for one that it leaves open. */
  readonly decisions?: readonly (boolean | null)[];
  /** What the results hold at least. */
  readonly results?: readonly object[];
  /** The results are exactly those of this case. */
  readonly same_as?: string;
}

export const alice = { type: 'user', id: 'alice' };
export const bob = { type: 'user', id: 'bob' };
export const admin = { ...bob, properties: { role: 'admin' } };
export const read = { name: 'read' };
export const write = { name: 'write' };
export const one = { type: 'record', id: 'record-1' };
export const two = { type: 'record', id: 'record-2' };
export const active = { ...one, properties: { status: 'active' } };
export const archived = { ...two, properties: { status: 'archived' } };
export const softly = (soft: boolean) => ({ name: 'delete', properties: { soft } });
export const context = { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' };
export const users = { type: 'user' };
export const records = { type: 'record' };

export const asked = { subject: alice, action: read, resource: one };
export const wrong = { at: 'evaluation', status: 400 } as const;
