import { GRANTS } from '../reading/folders.js';
import { EVERY, SLUG } from '../reading/names.js';
import { quote, type Problem } from '../reading/problem.js';

/** Files below `access-grants/` that are not grants: the schema for editors and a page for people. */
const BESIDE: readonly string[] = [`${GRANTS}/schema.json`, `${GRANTS}/README.md`];

/** Whether the file at a path below `access-grants/` must be a grant. */
export function isGrantPath(path: string): boolean {
  return !BESIDE.includes(path);
}

/** What is wrong with the path of a grant file, which must be `access-grants/<environment>/<slug>.yml`. */
export function checkGrantPath(path: string): readonly Problem[] {
  const say = (message: string): Problem => ({ path, line: null, code: 'wrong_path', message });
  const [folder, environment, file, ...more] = path.split('/');
  if (folder !== GRANTS || environment === undefined || file === undefined || more.length > 0) {
    const right = `${GRANTS}/<environment>/<name>.yml`;
    return [say(`${quote(path)} is not the path of a grant file. Use ${right}.`)];
  }
  const problems: Problem[] = [];
  if (!SLUG.pattern.test(environment) || environment === EVERY) {
    const but =
      environment === EVERY ? 'another word: in policies it means all environments' : SLUG.allowed;
    problems.push(say(`${quote(environment)} cannot be the name of an environment. Use ${but}.`));
  }
  const slug = /^(.*)\.yml$/su.exec(file)?.[1];
  if (slug === undefined) {
    const but = /\.yaml$/i.test(file) ? ', not in .yaml' : '';
    problems.push(say(`the file name ${quote(file)} must end in .yml${but}`));
  } else if (!SLUG.pattern.test(slug)) {
    problems.push(say(`the name ${quote(slug)} is not allowed. Use ${SLUG.allowed}.`));
  }
  return problems;
}

/** The environment in a grant's path. */
export function environmentOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** A problem for each of the paths that become the same when case is folded and Unicode normalised. */
export function collisions(paths: readonly string[]): readonly Problem[] {
  const groups = new Map<string, string[]>();
  for (const path of new Set(paths)) {
    // Upper case first: it folds what lower case alone keeps apart, such as ß and SS.
    const folded = path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
    groups.set(folded, [...(groups.get(folded) ?? []), path]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < 2 ? [] : group.map((path) => collision(path, group)),
  );
}

function collision(path: string, group: readonly string[]): Problem {
  const others = group.filter((other) => other !== path).map(quote);
  const message = `its path differs from ${others.join(', ')} only in case or Unicode form. Rename one of them.`;
  return { path, line: null, code: 'name_collision', message };
}
