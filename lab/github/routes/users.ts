import type { Call, Route } from '../http.js';
import { ok, route } from '../http.js';
import { orgByLogin, userByLogin } from '../lookup.js';
import { notAccessible, notFound, Refusal } from '../refusal.js';
import { fullUser } from '../views/account.js';

/** `GET /user`: a person's own account; installations have none. */
function currentUser({ identity, github }: Call) {
  if (identity.installation) throw notAccessible();
  if (!identity.actor) throw new Refusal(401, 'Requires authentication');
  return ok(fullUser(github.state, identity.actor));
}

export const userRoutes: readonly Route[] = [
  route('GET', '/user', 'person', currentUser),
  route('GET', '/user/{account_id}', 'anyone', ({ github, params }) => {
    const user = github.state.users.get(Number(params['account_id']));
    if (!user) throw notFound();
    return ok(fullUser(github.state, user));
  }),
  route('GET', '/users/{username}', 'anyone', ({ github, params }) => {
    const login = params['username'] ?? '';
    const user = userByLogin(github.state, login) ?? orgByLogin(github.state, login);
    if (!user) throw notFound();
    return ok(fullUser(github.state, user));
  }),
];
