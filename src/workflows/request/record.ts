import { fingerprint } from '../../core/reading/canonical.js';
import { problemInWords } from '../../core/reading/problem.js';
import type { RecordedRequest } from '../../core/grant/requested.js';
import type { AskedAccess, SettledRequest } from '../../core/use/requests/access-request.js';
import { proposalWords } from '../../core/use/proposal.js';
import { lackInWords } from '../../core/use/wish.js';
import type { OwnAccess, OwnView, Proposal, ServedRequests, World } from '../../ports.js';
import { archivedTree } from '../judge/in-force.js';
import { branchFor, openDesk } from './desk.js';

/** What answering a request needs. */
export type AnsweringWorld = Pick<
  World,
  'clock' | 'ledger' | 'policy' | 'providers' | 'pullRequests' | 'log'
>;

/**
 * Tries a request as `daypass request` tries it, by the policy in force, makes the commit with its file, and records for
 * whom, before any branch has it. What the policy would deny, or cannot be written any more, has failed.
 */
export async function recordRequest(
  world: AnsweringWorld,
  { rows, app, web }: ServedRequests,
  asked: AskedAccess,
): Promise<RecordedRequest | SettledRequest> {
  const { ledger, policy, providers, clock, pullRequests } = world;
  const { started, policy: recorded } = await ledger.state();
  const at = await app.view();
  if (!started || !recorded) throw new Error('Daypass has not started on this repository yet');
  if (at.repository_id !== started.source.repository_id)
    throw new Error('the requests App is installed on another repository than the recorded one');
  const { subject } = asked.draft;
  const { accounts } = await pullRequests.people({ teams: [], logins: [subject.toLowerCase()] });
  const person = accounts[subject.toLowerCase()];
  if (person?.id !== asked.subject_id || person.type !== 'User')
    return { status: 'failed', why: `${subject} is another account by now` };

  const record = async ({ branch, path, content, title, body }: Proposal): Promise<void> => {
    const commit = await app.commit({ parent: at.tip, path, content, message: title });
    const { id, login, type } = person;
    const entry: RecordedRequest = {
      ...{ request: asked.id, person: { id, login, type }, app: at.app, branch, commit },
      ...{ evaluation: asked.evaluation, point: asked.point, parent: at.tip, path },
      ...{ digest: fingerprint(content), title, body },
    };
    await ledger.append(await clock.now(), [
      { kind: 'request.recorded', grant: null, pull_request: null, body: entry },
    ]);
  };
  const view: OwnView = {
    person: { id: person.id, login: person.login },
    ...{ repository: at.repository, default_branch: at.default_branch, tip: at.tip },
    may_push: true,
  };
  const access: OwnAccess = {
    view: async () => view,
    folders: async (tip) => ({
      policies: await archivedTree({ ledger }, recorded.tree),
      grants: await app.grants(tip),
    }),
    people: (of) => pullRequests.people(of),
    branches: (prefix) => app.branches(prefix),
    propose: () => Promise.reject(new Error('it is only tried')),
  };
  const desk = await openDesk({
    ...{ access, clock, web },
    checking: {
      ...{ policy, compiles: true, providers },
      readData: (files) => policy.read({ id: recorded.tree, files }),
    },
    short: () => '',
  });
  const found = desk.draft(asked.draft);
  if ('lacks' in found)
    return { status: 'failed', why: found.lacks.map((lack) => lackInWords(lack)).join('; ') };
  const { outcome, path, content, problems, requirements } = await desk.request(found.draft, true);
  if (outcome === 'denied') {
    const denials = requirements.map(({ message }) => message);
    const all = [...problems.map((problem) => problemInWords(problem)), ...denials];
    return { status: 'failed', why: all.join('; ') || 'the policy would deny it' };
  }
  await record({
    // The same each time, so that no second try makes another branch.
    branch: branchFor(path, fingerprint(asked.id).slice(0, 8)),
    ...{ path, content, ...proposalWords(found.draft, openedBy(asked)) },
  });
  // Another worker may have been as far: the first entry counts.
  const [first] = await rows.recorded(asked.id);
  if (!first) throw new Error('the entry of the request is not there');
  return first;
}

const openedBy = ({ draft, subject_id, point, evaluation }: AskedAccess): string =>
  `Opened for ${draft.subject} (id ${String(subject_id)}), who requests this. The enforcement point ${point} asked for it after a denied use (evaluation ${evaluation}).`;
