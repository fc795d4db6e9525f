import { GRANTS } from '../reading/folders.js';
import { EVERY, SLUG } from '../reading/names.js';
import { quote, type Problem } from '../reading/problem.js';

/** Files below `access-grants/` that are not grants: the schema for editors and a page for people. */
const BESIDE: readonly string[] = [`${GRANTS}/schema.json`, `${GRANTS}/README.md`];

/** Whether a path below `access-grants/` is one that has to be a grant. */
export function isGrantPath(path: string): boolean {
  return !BESIDE.includes(path);
}

/** What is wrong with a path as that of a grant: `access-grants/<environment>/<slug>.yml`. */
export function checkGrantPath(path: string): readonly Problem[] {
  const say = (message: string): Problem => ({ path, line: null, code: 'wrong_path', message });
  const [folder, environment, file, ...more] = path.split('/');
  if (folder !== GRANTS || environment === undefined || file === undefined || more.length > 0) {
    return [say(`found the path ${quote(path)}; allowed is ${GRANTS}/<environment>/<name>.yml`)];
  }
  const problems: Problem[] = [];
  if (!SLUG.pattern.test(environment) || environment === EVERY) {
    const but =
      environment === EVERY ? 'another word: in policies it means all environments' : SLUG.allowed;
    problems.push(say(`found the environment ${quote(environment)}; allowed is ${but}`));
  }
  const slug = /^(.*)\.yml$/su.exec(file)?.[1];
  if (slug === undefined) {
    const hint = /\.yaml$/i.test(file)
      ? 'found a file that ends in .yaml'
      : `found the file ${quote(file)}`;
    problems.push(say(`${hint}; allowed is a name that ends in .yml`));
  } else if (!SLUG.pattern.test(slug)) {
    problems.push(say(`found the name ${quote(slug)}; allowed is ${SLUG.allowed}`));
  }
  return problems;
}

/** The environment that a grant's path says. */
export function environmentOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** Paths that are one file where case is folded or Unicode normalised: a problem for each of them. */
export function collisions(paths: readonly string[]): readonly Problem[] {
  const groups = new Map<string, string[]>();
  for (const path of new Set(paths)) {
    // Upper first: it folds what lower case alone keeps apart, as ß and SS.
    const folded = path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
    groups.set(folded, [...(groups.get(folded) ?? []), path]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < 2 ? [] : group.map((path) => collision(path, group)),
  );
}

function collision(path: string, group: readonly string[]): Problem {
  const others = group.filter((other) => other !== path).map(quote);
  const message = `found ${others.join(', ')} beside it, the same name where case or Unicode form is not told apart`;
  return {
    path,
    line: null,
    code: 'name_collision',
    message: `${message}; one of them is allowed`,
  };
}
