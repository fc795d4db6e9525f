import type { z } from 'zod';
import type { EnvironmentSettings, Settings, UseLog, WithoutReview } from './catalog.js';
import { formatDuration } from '../reading/duration.js';
import { MASS_ENDING } from './mass-ending.js';
import { WITHOUT_REVIEW } from './without-review.js';
import { EVERY, LOGIN, SLUG, TEAM } from '../reading/names.js';
import type { PolicyFile } from './data-file.js';
import { quote, someOf } from '../reading/problem.js';
import {
  listOf,
  mapping,
  name,
  named,
  seconds,
  share,
  text,
  textOf,
  whole,
  word,
  yesNo,
} from '../reading/shape.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const TIME = { pattern: /^([01]\d|2[0-3]):[0-5]\d$/, allowed: 'a time of day such as "09:00"' };
const ZONE = 'a time zone such as Europe/Berlin (IANA) or UTC';

const hours = mapping({
  zone: text(ZONE),
  days: listOf(word(DAYS), 'a list of days: mon, tue, wed, thu, fri, sat, sun', 1, 7),
  from: name(TIME),
  to: name(TIME),
});

const withoutReview = mapping({
  per_person: whole(0, 1_000_000).optional(),
  in_sum: whole(0, 1_000_000).optional(),
}).transform((limits): WithoutReview => ({ ...WITHOUT_REVIEW, ...limits }));

const environment = mapping({
  max_duration: seconds(),
  high_risk_max_duration: seconds().optional(),
  max_in_30_days: seconds().optional(),
  hours: hours.optional(),
  without_review: withoutReview.optional(),
}).transform(
  ({
    max_duration,
    high_risk_max_duration,
    max_in_30_days,
    hours,
    without_review,
  }): EnvironmentSettings => ({
    max_duration_seconds: max_duration,
    ...(high_risk_max_duration !== undefined && {
      high_risk_max_duration_seconds: high_risk_max_duration,
    }),
    ...(max_in_30_days !== undefined && { max_in_30_days_seconds: max_in_30_days }),
    ...(hours && { hours }),
    ...(without_review && { without_review }),
  }),
);

const teams = listOf(name(TEAM), 'a list of at most 100 team slugs', 0, 100);

const policyOwners = mapping({
  teams: teams.optional(),
  users: listOf(name(LOGIN), 'a list of at most 100 logins', 0, 100).optional(),
  count: whole(1, 20).optional(),
}).transform(({ teams = [], users = [], count = 2 }) => ({ teams, users, count }));

const ID = whole(1, Number.MAX_SAFE_INTEGER);

const idsOfUsers = named(LOGIN, ID)
  .refine((ids) => new Set(lowered(ids).map(([login]) => login)).size === lowered(ids).length, {
    error: 'each login only once, whatever its case',
  })
  .transform((ids) => Object.fromEntries(lowered(ids)));

function lowered(ids: Readonly<Record<string, number>>): readonly [string, number][] {
  return Object.entries(ids).map(([login, id]) => [login.toLowerCase(), id]);
}

const ids = mapping({
  teams: named(TEAM, ID).optional(),
  users: idsOfUsers.optional(),
}).transform(({ teams = {}, users = {} }) => ({ teams, users }));

const bot = mapping({
  id: ID,
  people: listOf(mapping({ login: name(LOGIN), id: ID }), 'a list of 1 to 20 people', 1, 20),
  because: textOf(200, { lines: false }),
});

const targets = named(SLUG, listOf(name(SLUG), 'a list of 1 to 100 environments', 1, 100));

const massEnding = mapping({ share: share().optional(), number: whole(0, 1_000_000).optional() });

/** What is kept of decided uses where the settings say nothing: ninety days, all of them, without what they were. */
export const USE_LOG: UseLog = { keep_seconds: 90 * 86_400, allows: 1, full: false };

const useLog = mapping({
  keep: seconds().optional(),
  allows: share().optional(),
  full: yesNo().optional(),
}).transform(({ keep, allows, full }): UseLog => ({
  keep_seconds: keep ?? USE_LOG.keep_seconds,
  allows: allows ?? USE_LOG.allows,
  full: full ?? USE_LOG.full,
}));

/** How long before the end to announce it: without a setting, and at most. Seconds. */
const ENDING_SOON = 900;
const ENDING_SOON_MOST = 7 * 86_400;

/** `policies/settings.yaml`; durations are written in the form `8h`. */
export const SETTINGS: z.ZodType<Settings> = mapping({
  teams,
  policy_owners: policyOwners,
  ids: ids.optional(),
  bots: listOf(bot, 'a list of at most 100 bots', 0, 100).optional(),
  max_lead: seconds(),
  activate_within: seconds(),
  ending_soon: seconds().optional(),
  mass_ending: massEnding.optional(),
  use_log: useLog.optional(),
  environments: named(SLUG, environment),
  targets: targets.optional(),
}).transform(
  ({
    max_lead,
    activate_within,
    ending_soon,
    mass_ending,
    ids,
    targets,
    bots,
    use_log,
    ...as_written
  }) => ({
    ...as_written,
    ...(ids && { ids }),
    ...(targets && { targets }),
    ...(bots && { bots }),
    ...(use_log && { use_log }),
    max_lead_seconds: max_lead,
    activate_within_seconds: activate_within,
    ending_soon_seconds: ending_soon ?? ENDING_SOON,
    mass_ending: {
      share: mass_ending?.share ?? MASS_ENDING.share,
      number: mass_ending?.number ?? MASS_ENDING.number,
    },
  }),
);

/** Checks what the shape cannot: unknown zones, hours that end before they start, no policy owners, a lead too long. */
export function checkSettings({ value, say }: PolicyFile<Settings>): void {
  const { teams, users } = value.policy_owners;
  if (teams.length + users.length === 0) {
    say(
      ['policy_owners'],
      'wrong_value',
      'nobody could approve a change of policy. List teams or users.',
    );
  }
  if (value.ending_soon_seconds > ENDING_SOON_MOST) {
    const found = formatDuration(value.ending_soon_seconds);
    const most = formatDuration(ENDING_SOON_MOST);
    const message = `${found} is too long. Use at most ${most} before the end.`;
    say(['ending_soon'], 'wrong_value', message);
  }
  for (const [target, environments] of Object.entries(value.targets ?? {})) {
    for (const [index, environment] of environments.entries()) {
      if (Object.hasOwn(value.environments, environment)) continue;
      const known = someOf(Object.keys(value.environments));
      const message = `there is no environment ${quote(environment)}. The environments: ${known}.`;
      say(['targets', target, index], 'unknown_environment', message);
    }
  }
  for (const [environment, { hours }] of Object.entries(value.environments)) {
    const at = ['environments', environment];
    if (environment === EVERY) {
      const message = `${quote(EVERY)} means all environments, so none can have this name. Use another one.`;
      say(at, 'wrong_value', message);
    }
    if (!hours) continue;
    if (!isZone(hours.zone)) {
      const message = `${quote(hours.zone)} is not known. Use ${ZONE}.`;
      say([...at, 'hours', 'zone'], 'wrong_value', message);
    }
    if (hours.from >= hours.to) {
      const found = `${quote(hours.to)} is not after the start of the hours, ${quote(hours.from)}`;
      const message = `${found}. Use a later time of the same day.`;
      say([...at, 'hours', 'to'], 'wrong_value', message);
    }
  }
}

/** Whether Daypass knows a time zone of this name. */
function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
