import { counted } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';

/** What `daypass doctor` found about one thing: good; wrong, with what to do about it; or unknown. */
export type Finding =
  | { readonly about: string; readonly is: 'good'; readonly found: string }
  | {
      readonly about: string;
      readonly is: 'bad' | 'unsure';
      readonly found: string;
      readonly todo: string;
      /** The code of the reason, where it has one (docs/reasons.md). */
      readonly code?: ReasonCode;
    };

/** A finding that all is well. */
export const good = (about: string, found: string): Finding => ({ about, is: 'good', found });
/** A finding that something is wrong, and what to do about it. */
export const bad = (about: string, found: string, todo: string, code?: ReasonCode): Finding => ({
  ...{ about, is: 'bad', found, todo },
  ...(code !== undefined && { code }),
});
/** A finding that something is unknown, and how to find out. */
export const unsure = (about: string, found: string, todo: string, code?: ReasonCode): Finding => ({
  ...{ about, is: 'unsure', found, todo },
  ...(code !== undefined && { code }),
});

/** Permissions by name, in the form of `app.yml` and GitHub. */
export type Permissions = Readonly<Record<string, string>>;

const LEVELS = ['read', 'write', 'admin'];
const level = (name: string | undefined) => LEVELS.indexOf(name ?? '');

/**
 * Compares what an app may do with what it needs. Too little stops Daypass; too much is a weakness, because whoever
 * takes over the worker has it too. `granted` is the installation's, whose owner must accept each change.
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

/** Compares the events an app subscribes to with those it needs. Without one, changes are seen up to a minute late. */
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

/** A check that a branch requires, and the app that must post it; null where any app may. */
export interface RequiredCheck {
  readonly context: string;
  readonly app_id: number | null;
}

/**
 * Whether merging requires the check `daypass` from this very app. Without the pin, anybody who may write checks or
 * commit statuses can post one of that name ("Available rules for rulesets", GitHub documentation).
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

/** The exit code for all findings: 0 if all is well, 1 if something is wrong, 2 if something is unknown. */
export function verdictOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ is }) => is === 'bad')) return 1;
  return findings.some(({ is }) => is === 'unsure') ? 2 : 0;
}
