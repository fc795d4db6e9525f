import { z } from 'zod';
import { modeSchema } from './deliveries.js';
import { faultSchema } from './faults.js';
import type { GitHub } from './github.js';
import type { Reply } from './http.js';
import { noContent, ok } from './http.js';
import { notFound } from './refusal.js';

/** ISO 8601 durations of days, hours, minutes and seconds: `PT1H`, `P1DT30M`. */
const DURATION = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

function milliseconds(duration: string): number {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(duration) ?? [];
  return (
    (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  );
}

const clockSchema = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }), frozen: z.boolean().default(false) }),
  z.strictObject({ advance: z.string().regex(DURATION) }),
]);

const rfc3339 = (at: Date): Reply => ({
  status: 200,
  body: Buffer.from(at.toISOString()),
  headers: { 'content-type': 'text/plain; charset=utf-8' },
});

function setClock(github: GitHub, body: unknown): Reply {
  const wish = clockSchema.parse(body);
  const { clock } = github.state;
  if ('advance' in wish) clock.advance(milliseconds(wish.advance));
  else clock.set(new Date(wish.now), wish.frozen);
  return rfc3339(clock.now());
}

async function replay(github: GitHub, id: string): Promise<Reply> {
  if (!(await github.deliveries.replay(id))) throw notFound();
  return noContent;
}

const addFault = (github: GitHub, body: unknown): Reply => {
  github.faults.add(faultSchema.parse(body));
  return { status: 201, body: github.faults.list() };
};

const setMode = (github: GitHub, body: unknown): Reply => {
  github.deliveries.setMode(modeSchema.parse(body ?? {}));
  return ok(github.deliveries.mode());
};

const clear = (of: { clear(): void }): Reply => {
  of.clear();
  return noContent;
};

/**
 * What the stand-in offers in addition to GitHub, under `/_stand-in/`. It is open to everybody, because it only listens
 * on this machine.
 */
export async function standIn(
  github: GitHub,
  method: string,
  path: string,
  body: unknown,
): Promise<Reply> {
  const id = /^deliveries\/([^/]+)\/replay$/.exec(path)?.[1];
  if (method === 'POST' && id !== undefined) return replay(github, id);
  switch (`${method} ${path}`) {
    case 'GET calls':
      return ok(github.calls.list());
    case 'DELETE calls':
      return clear(github.calls);
    case 'GET unknown':
      return ok(github.calls.unknown());
    case 'GET violations':
      return ok(github.violations.list());
    case 'GET faults':
      return ok(github.faults.list());
    case 'POST faults':
      return addFault(github, body);
    case 'DELETE faults':
      return clear(github.faults);
    case 'GET deliveries':
      return ok(github.deliveries.list());
    case 'GET deliveries/mode':
      return ok(github.deliveries.mode());
    case 'POST deliveries/mode':
      return setMode(github, body);
    case 'GET clock':
      return rfc3339(github.state.clock.now());
    case 'PUT clock':
      return setClock(github, body);
    default:
      throw notFound();
  }
}
