// Says in Slack what Daypass tells: a receiver of events without dependencies.
//   EVENTS_SECRET=whsec_… SLACK_URL=https://hooks.slack.com/services/… PORT=8080 node events-to-slack.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const { EVENTS_SECRET = '', SLACK_URL = '', PORT = '8080' } = process.env;
const key = Buffer.from(EVENTS_SECRET.replace(/^whsec_/, ''), 'base64');
if (key.length < 24) throw new Error('EVENTS_SECRET must be the one that Daypass signs with');
/** An event may come twice: its id is the same then. */
const seen = new Set();

createServer(async (request, response) => {
  const answer = (status) => response.writeHead(status).end();
  try {
    const body = await text(request);
    if (!isSigned(request.headers, body)) return answer(401);
    const id = request.headers['webhook-id'];
    const said = seen.has(id) ? null : inWords(JSON.parse(body));
    if (said) await say(said);
    seen.add(id);
    answer(204);
  } catch (error) {
    console.error(error);
    // Daypass sends it again.
    answer(503);
  }
}).listen(Number(PORT), function () {
  console.log(`listening on ${this.address().port}`);
});

function isSigned(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': given = '' } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(at)) < 300)) return false;
  const ours = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest();
  return given.split(' ').some((one) => {
    const theirs = Buffer.from(one.replace(/^v1,/, ''), 'base64');
    return theirs.length === ours.length && timingSafeEqual(theirs, ours);
  });
}

function inWords({ type, data }) {
  const { access, change, grant } = data;
  const what = `${access.role} on ${access.resource} in ${access.environment} for ${access.subject.login}`;
  const waiting = change?.waiting_for.flatMap(({ teams, users }) => [...teams, ...users]);
  const words = {
    'change.asked': `:raised_hand: ${what}: ${access.reason} (waits for ${waiting?.join(', ')})`,
    'grant.active': `:key: ${what} until ${grant?.ends_at}`,
    'grant.ending_soon': `:hourglass: ${what} ends at ${grant?.ends_at}; to extend: ${grant?.extend_by}`,
    'grant.expired': `:white_check_mark: ${what} has ended`,
    'grant.revoked': `:white_check_mark: ${what} was ended early: ${grant?.why}`,
    'grant.quarantined': `:warning: ${what} was merged, gives nothing: ${grant?.why}`,
    'grant.end_held': `:warning: ${what} would end early, but is held: ${grant?.why}`,
    'grant.overdue': `:rotating_light: ${what} should have ended at ${grant?.due_at}`,
  };
  return words[type] ?? null;
}

async function say(said) {
  // People wrote some of it: in Slack these three would be markup (<!channel> calls everybody).
  const plain = said.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const body = JSON.stringify({ text: plain });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(SLACK_URL, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`Slack answered ${answer.status}`);
}
