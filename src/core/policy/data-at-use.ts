import { z } from 'zod';
import type { AtUse } from '../grant/at-use.js';
import type { PolicyFile } from './data-file.js';
import { MOST_WORDS, wrongInCommand } from '../reading/command.js';
import { ACTION } from '../reading/names.js';
import { quote, someOf } from '../reading/problem.js';
import { readRoute } from '../reading/route.js';
import { listOf, name, named, text } from '../reading/shape.js';

/** Every action of a resource: only the catalog may say so, and only alone. */
export const EVERY_ACTION = '*';

const action = z.union([name(ACTION), z.literal(EVERY_ACTION)], {
  error: `${ACTION.allowed}, or '*' for all`,
});
const words = listOfWords(`a command: a list of 1 to ${MOST_WORDS} words`);

/** The keys of a role that say what it allows at use. */
export const AT_USE = {
  actions: listOf(action, 'a list of 1 to 100 actions', 1, 100).exactOptional(),
  commands: named(ACTION, listOf(words, 'a list of 1 to 100 commands', 1, 100)).exactOptional(),
  routes: named(
    ACTION,
    listOf(text('a route such as GET /v1/orders/**'), 'a list of 1 to 100 routes', 1, 100),
  ).exactOptional(),
};

/** A command may have the same word twice. */
function listOfWords(allowed: string) {
  return z.array(text(allowed), { error: allowed }).min(1, { error: allowed });
}

/** Says what is wrong with what a role allows at use. */
export function checkAtUse(
  { say }: PolicyFile<unknown>,
  at: readonly PropertyKey[],
  { actions = [], commands = {}, routes = {} }: AtUse,
): void {
  const wrong = (keys: readonly PropertyKey[], message: string) =>
    say([...at, ...keys], 'wrong_value', message);
  const every = actions.includes(EVERY_ACTION);
  if (every && actions.length > 1)
    wrong(['actions'], `${quote(EVERY_ACTION)} is every action, so it stands alone`);
  for (const [key, named] of Object.entries({ commands, routes })) {
    for (const action of Object.keys(named)) {
      if (every || actions.includes(action)) continue;
      const known = actions.length === 0 ? 'it has none' : `its actions: ${someOf(actions)}`;
      wrong([key, action], `the role does not allow the action ${quote(action)}; ${known}`);
    }
  }
  for (const [action, patterns] of Object.entries(commands)) {
    for (const [index, pattern] of patterns.entries()) {
      const why = wrongInCommand(pattern);
      if (why !== null) wrong(['commands', action, index], why);
    }
  }
  for (const [action, patterns] of Object.entries(routes)) {
    for (const [index, pattern] of patterns.entries()) {
      const read = readRoute(pattern);
      if ('why' in read) wrong(['routes', action, index], read.why);
    }
  }
}
