/** A moment in the form that policy reads: in UTC and in the environment's own zone. */
export interface Moment {
  readonly rfc3339: string;
  readonly hour: number;
  readonly minute: number;
  /** `mon` … `sun`. */
  readonly weekday: string;
  readonly zone: {
    readonly name: string;
    readonly hour: number;
    readonly minute: number;
    readonly weekday: string;
  };
}

/** Formats by zone: making one takes far longer than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}

/** What was last told of a zone: within a minute it stays the same, and a use is decided far more often than that. */
const told = new Map<
  string,
  { readonly minute: number; readonly is: Omit<Moment['zone'], 'name'> }
>();

/** The time of day and the day of the week in a zone. Throws a RangeError for an unknown zone. */
export function inZone(now: Date, timeZone: string): Omit<Moment['zone'], 'name'> {
  const minute = Math.floor(now.getTime() / 60_000);
  const known = told.get(timeZone);
  if (known?.minute === minute) return known.is;
  const is = zoneAt(now, timeZone);
  told.set(timeZone, { minute, is });
  return is;
}

function zoneAt(now: Date, timeZone: string): Omit<Moment['zone'], 'name'> {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  return {
    hour: Number(parts.get('hour')),
    minute: Number(parts.get('minute')),
    weekday: (parts.get('weekday') ?? '').toLowerCase(),
  };
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

function inUtc(now: Date): Omit<Moment['zone'], 'name'> {
  const weekday = WEEKDAYS[now.getUTCDay()] ?? '';
  return { hour: now.getUTCHours(), minute: now.getUTCMinutes(), weekday };
}

/** `now` in UTC and in a zone. Zones in settings have been checked before. */
export function momentOf(now: Date, zone: string): Moment {
  const [utc, there] = [inUtc(now), inZone(now, zone)];
  return {
    rfc3339: now.toISOString(),
    hour: utc.hour,
    minute: utc.minute,
    weekday: utc.weekday,
    zone: { name: zone, hour: there.hour, minute: there.minute, weekday: there.weekday },
  };
}
