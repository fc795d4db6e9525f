import { counted } from '../reading/problem.js';

/** What `daypass doctor` found of one thing: good, wrong with what to do about it, or that it could not be told. */
export type Finding =
  | { readonly about: string; readonly is: 'good'; readonly found: string }
  | {
      readonly about: string;
      readonly is: 'bad' | 'unsure';
      readonly found: string;
      readonly todo: string;
    };

/** What is as it should be, in words. */
export const good = (about: string, found: string): Finding => ({ about, is: 'good', found });
/** What is wrong, and what to do about it. */
export const bad = (about: string, found: string, todo: string): Finding => ({
  about,
  is: 'bad',
  found,
  todo,
});
/** What could not be told, and what to do so that it can. */
export const unsure = (about: string, found: string, todo: string): Finding => ({
  about,
  is: 'unsure',
  found,
  todo,
});

/** Permissions by name, as `app.yml` and GitHub write them. */
export type Permissions = Readonly<Record<string, string>>;

const LEVELS = ['read', 'write', 'admin'];
const level = (name: string | undefined) => LEVELS.indexOf(name ?? '');

/**
 * What an app may do against what it needs. Too little stops Daypass; too much is a weakness, since whoever takes
 * the worker has it. `granted` are those of the installation, which its owner has to accept anew after a change.
 */
export function permissionFindings(
  wanted: Permissions,
  granted: Permissions,
  about: string,
): readonly Finding[] {
  const missing = Object.entries(wanted).filter(
    ([name, need]) => level(granted[name]) < level(need),
  );
  const more = Object.entries(granted).filter(([name, has]) => level(has) > level(wanted[name]));
  const list = (all: readonly (readonly [string, string])[]) =>
    all.map(([name, has]) => `${name}: ${has}`).join(', ');
  return [
    missing.length === 0
      ? good(about, `has the ${counted(Object.keys(wanted).length, 'permission')} that it needs`)
      : bad(
          about,
          `lacks ${list(missing)}`,
          "set them on the App's page on GitHub, then accept them where it is installed",
        ),
    ...(more.length === 0
      ? []
      : [bad(about, `has more than it needs: ${list(more)}`, "take them away on the App's page")]),
  ];
}

/** The events an app hears of against those that it needs; without one, changes are seen up to a minute late. */
export function eventFinding(
  wanted: readonly string[],
  heard: readonly string[],
  about: string,
): Finding {
  const missing = wanted.filter((event) => !heard.includes(event));
  return missing.length === 0
    ? good(about, `hears of ${counted(wanted.length, 'kind')} of events`)
    : bad(about, `does not hear of ${missing.join(', ')}`, "subscribe to them on the App's page");
}

/** A check that a branch requires, and the app that must have posted it; null where any may. */
export interface RequiredCheck {
  readonly context: string;
  readonly app_id: number | null;
}

/**
 * Whether merging needs the check `daypass` of this very app. Without the pin, whoever may write checks or commit
 * statuses can post one of that name ("Available rules for rulesets", GitHub documentation).
 */
export function requiredCheckFinding(
  branch: string,
  required: readonly RequiredCheck[],
  app_id: number,
): Finding {
  const about = 'required check';
  const mine = required.filter(({ context }) => context === 'daypass');
  const add = `require the status check "daypass" from this App (${app_id}) in a ruleset of ${branch}`;
  if (mine.length === 0) {
    return bad(about, `merging into ${branch} does not need the check daypass`, add);
  }
  if (mine.some((check) => check.app_id === app_id)) {
    return good(about, `merging into ${branch} needs the check daypass of this App`);
  }
  const pinned = mine.find((check) => check.app_id !== null && check.app_id > 0);
  return pinned
    ? bad(about, `the check daypass is pinned to another App (${pinned.app_id ?? 0})`, add)
    : bad(about, 'anybody who may write checks can post the check daypass', `pin it: ${add}`);
}

/** What the whole visit came to: 0 for all good, 1 for something wrong, 2 where something could not be told. */
export function verdictOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ is }) => is === 'bad')) return 1;
  return findings.some(({ is }) => is === 'unsure') ? 2 : 0;
}
