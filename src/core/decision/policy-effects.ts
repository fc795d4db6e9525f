import type { GrantRecord } from '../grant/record.js';
import type { PolicyData } from '../policy/catalog.js';
import { pointChanges, unguarded } from '../policy/enforcement/point-changes.js';
import { canonical } from '../reading/canonical.js';
import { own, someOf, type Problem } from '../reading/problem.js';
import { readYaml, type YamlFile } from '../reading/strict-yaml.js';
import { wideCommand } from '../reading/wide-command.js';
import { DATA_TOKENS } from '../policy/data-file.js';
import type { Spoken } from './facts.js';

/** A file of `policies/` that differs from the tree in force; `after` is null where it is gone. */
interface ChangedFile {
  readonly path: string;
  readonly after: string | null;
}

/** What a change of policy means, in words that its difference does not have. */
export interface PolicyEffects {
  /** Who may ask at use, as far as that changes: sentences without markup. */
  readonly points: readonly string[];
  /** Lines that deny nothing and deserve a look. */
  readonly look_closely: readonly Problem[];
}

/** What a new tree means, compared with the one in force; nothing where it does not load. */
export function policyEffects(
  files: readonly ChangedFile[],
  inForce: PolicyData | null,
  given: PolicyData | null,
): PolicyEffects {
  if (!given) return { points: [], look_closely: [] };
  return {
    points: pointChanges(inForce ?? {}, given),
    look_closely: wideCommands(files, inForce, given),
  };
}

/** The commands that a changed catalog file newly allows and that may allow any other. */
function wideCommands(
  files: readonly ChangedFile[],
  inForce: PolicyData | null,
  given: PolicyData,
): readonly Problem[] {
  return files.flatMap(({ path, after }) => {
    const name = /^policies\/catalog\/(.+)\.yaml$/.exec(path)?.[1];
    const resource = name === undefined ? undefined : own(given.catalog, name);
    if (!resource || after === null) return [];
    const known = own(inForce?.catalog ?? {}, resource.name)?.roles ?? {};
    const found = Object.entries(resource.roles).flatMap(([role, { commands = {} }]) =>
      Object.entries(commands).flatMap(([action, patterns]) => {
        const before = own(own(known, role)?.commands ?? {}, action) ?? [];
        const had = new Set(before.map((pattern) => canonical(pattern)));
        return patterns.flatMap((pattern, index) => {
          const message = had.has(canonical(pattern)) ? null : wideCommand(pattern);
          return message === null
            ? []
            : [{ keys: ['roles', role, 'commands', action, index], message }];
        });
      }),
    );
    return found.length === 0 ? [] : onLines(path, readYaml(path, after, DATA_TOKENS).file, found);
  });
}

function onLines(
  path: string,
  file: YamlFile | null,
  found: readonly { readonly keys: readonly PropertyKey[]; readonly message: string }[],
): readonly Problem[] {
  return found.map(({ keys, message }) => {
    const line = file?.lineOf(keys) ?? null;
    return {
      path,
      line,
      code: 'wide_command',
      message: `${keys.slice(1, 4).join('.')}: ${message}`,
    };
  });
}

/** Whether a change of policy may leave the scope of a grant to nobody. */
export function leavesPlaces(inForce: PolicyData, given: PolicyData): boolean {
  return unguarded(inForce, given).length > 0;
}

/**
 * A warning about grants whose scope nothing would hold any more. They keep their scope, and at use it still narrows them;
 * in the target the whole role holds, and no enforcement point stands before it.
 */
export function unheldScopes(
  inForce: PolicyData,
  given: PolicyData,
  grants: readonly GrantRecord[],
): readonly Spoken[] {
  const places = unguarded(inForce, given);
  const unheld = grants.filter(
    ({ declared, entitled }) =>
      declared.scope !== null &&
      entitled?.enforces_scope === false &&
      places.some(
        (place) =>
          place.resource === declared.resource && place.environment === declared.environment,
      ),
  );
  if (unheld.length === 0) return [];
  const message = `Nothing would hold these live grants to their scope any more: ${someOf(unheld.map(({ id }) => id))}. In the target their whole role holds. End them, or keep an enforcement point there until they have ended.`;
  return [{ rule: 'core/policy', message }];
}
