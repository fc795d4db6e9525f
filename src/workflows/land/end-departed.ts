import { departures, membersGrants } from '../../core/ledger/early/departed.js';
import { LIVE_STATES } from '../../core/grant/record.js';
import type { World } from '../../ports.js';
import { appendAbout } from '../grant/entries.js';
import { massEndingInForce } from '../judge/in-force.js';

export type EndDepartedWorld = Pick<World, 'clock' | 'ledger' | 'policy' | 'log'> & {
  readonly pullRequests: Pick<World['pullRequests'], 'departed'>;
};

/**
 * Ends the grants of people who were members of the organisation when it was decided, and have left it. Only a whole
 * answer by id counts: whatever GitHub does not say for certain throws, ends nothing and is tried again.
 */
export async function endDeparted(world: EndDepartedWorld): Promise<null> {
  const { started } = await world.ledger.state();
  if (!started) return null;
  const people = peopleWith(await world.ledger.grants({ states: LIVE_STATES }));
  if (people.length === 0) return null;
  const left = await world.pullRequests.departed(started.source.owner_id, people);
  if (left === null) return null;
  // Asking takes a while, so what is live is read again.
  const live = await world.ledger.grants({ states: LIVE_STATES });
  const mass_ending = await massEndingInForce(world);
  const { grants, entries, held } = departures({ live, departed: new Set(left), mass_ending });
  if (entries.length > 0) await appendAbout(world, grants, await world.clock.now(), entries);
  if (held !== null) world.log.error({ people: left }, held);
  return null;
}

/** Each subject once; of several logins, that of the newest grant. */
function peopleWith(live: Parameters<typeof membersGrants>[0]) {
  const subjects = membersGrants(live).map(({ subject }) => [subject.id, subject] as const);
  return [...new Map(subjects).values()];
}
