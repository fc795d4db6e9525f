import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkFolder } from '../../src/compose/cli.js';
import { starter } from '../../lab/acme/acme.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { ask } from './asking.js';
import { workingTree } from './working-tree.js';
import type { WorkingTree } from './working-tree.js';

const PATH = 'access-grants/production/alice.yml';
const OLD = 'access-grants/production/old.yml';

const FACTS = `
now: 2026-11-24T14:00:00+01:00
requester: alice
people:
  alice: { id: 101, member: true, teams: [web] }
  bob: { id: 102, member: true, teams: [payments] }
  carol: { id: 103, member: true, teams: [security] }
`;

let tree: WorkingTree;
beforeEach(() => {
  tree = workingTree({ ...starter(), [OLD]: grantFile({ subject: 'frank' }) });
});
afterEach(() => tree.close());

/** It has its own cache. */
const check = (...args: readonly string[]) =>
  ask(
    ['check', ...args],
    { DAYPASS_HOME: join(tree.folder, '.git', 'cache'), PATH: '' },
    {
      cwd: tree.folder,
    },
  );

describe('daypass check, offline', () => {
  test('nothing changed is a yes', async () => {
    const { exit, out } = await check();
    expect(out).toEqual(['yes: the check would pass against main']);
    expect(exit).toBe(0);
  });

  test('without facts, a good grant is neither a yes nor a no', async () => {
    tree.write(PATH, grantFile());
    const { exit, out } = await check();
    expect(exit).toBe(2);
    expect(out.join('\n')).toContain(`what the rules say of ${PATH}: --facts FILE says who people`);
    expect(out.join('\n')).toContain('who alice is at GitHub');
    expect(out.at(-1)).toContain('nothing denies it');
  });

  test('with facts, the rules say whom they ask', async () => {
    tree.write(PATH, grantFile());
    tree.write('facts.yaml', FACTS);
    const { exit, out } = await check('--facts', 'facts.yaml');
    expect(exit).toBe(2);
    expect(out.join('\n')).toMatch(
      /alice\.yml: not yet; 0 of 1 of payments: .* \(production\/owner_review\); /,
    );
    expect(out.join('\n')).toContain(`whether the approvals that ${PATH} still needs`);
  });

  test('with facts and approvals, it is a yes under the assumptions that it lists', async () => {
    tree.write(PATH, grantFile());
    tree.write('facts.yaml', `${FACTS}approvals: [bob, carol]\n`);
    const { exit, out, json } = await check('--facts', 'facts.yaml', '--json');
    expect(exit).toBe(0);
    expect(out.length).toBeGreaterThan(1);
    expect(json()).toMatchObject({
      outcome: 'yes',
      answers: [
        {
          path: PATH,
          outcome: 'approved',
          reasons: [
            { code: 'asked', rule: 'production/owner_review', message: /^1 of 1 of payments: / },
            { code: 'asked', rule: 'production/security_review', message: /^1 of 1 of security: / },
          ].map((one) => ({ ...one, message: expect.stringMatching(one.message) })),
        },
      ],
    });
  });

  test('a denial is reported on its line', async () => {
    tree.write(PATH, grantFile({ role: 'read-write', duration: '8h', ticket: null }));
    tree.write('facts.yaml', FACTS);
    const { exit, out } = await check('--facts', 'facts.yaml');
    expect(exit).toBe(1);
    expect(out).toContainEqual(
      expect.stringMatching(
        /^access-grants\/production\/alice\.yml:4: read-write is a high-risk role.* \(production\/high_risk\)$/,
      ),
    );
  });

  test('invariant 4: the approval of the requester does not count', async () => {
    tree.write(PATH, grantFile());
    tree.write('facts.yaml', `${FACTS}approvals: [alice, carol]\n`);
    const { exit, out } = await check('--facts', 'facts.yaml');
    expect(exit).toBe(2);
    expect(out.join('\n')).toContain(
      "; alice's approval does not count: they requested this access (approver_is_requester)",
    );
  });

  test('invariant 4: what no rule has reviewed waits for the consent of somebody else who would get it', async () => {
    const path = 'access-grants/development/bob.yml';
    tree.write(path, grantFile({ subject: 'bob', ticket: null }));
    tree.write('facts.yaml', FACTS);
    const { exit, out } = await check('--facts', 'facts.yaml');
    expect(exit).toBe(2);
    expect(out.join('\n')).toMatch(/bob\.yml: not yet; bob would get this .*\(consent_missing\)/);
    expect(out.join('\n')).toContain(`whether the consent that ${path} still needs`);
    tree.write('facts.yaml', `${FACTS}approvals: [bob]\n`);
    expect((await check('--facts', 'facts.yaml')).exit).toBe(0);
  });

  test('mistakes in the facts are reported with their line', async () => {
    tree.write('facts.yaml', `${FACTS}approvals: [eve]\n`);
    const { exit, err } = await check('--facts', 'facts.yaml');
    expect(exit).toBe(2);
    expect(err[0]).toMatch(/^facts\.yaml:8: approvals: "eve" is not listed/);
  });

  test('a facts file that does not exist is reported', async () => {
    const { exit, err } = await check('--facts', 'none.yaml');
    expect(exit).toBe(2);
    expect(err.join()).toMatch(
      /^could not tell: cannot read the file given with --facts: .*none\.yaml$/,
    );
  });

  test('a team that the facts lack is not a denial', async () => {
    tree.write(PATH, grantFile());
    tree.write('facts.yaml', FACTS.replace('teams: [security]', 'teams: []'));
    const { exit, out } = await check('--facts', 'facts.yaml');
    expect(exit).toBe(2);
    expect(out.join('\n')).toContain('who is in the team security');
  });
});

describe('problems of files, each on its line', () => {
  test.each([
    ['an impossible duration', PATH, grantFile({ duration: '1e9d' }), ':4: duration: "1e9d"'],
    [
      'an unknown role',
      PATH,
      grantFile({ role: 'root' }),
      ':3: role: orders-db has no role "root"',
    ],
    [
      'an end that is past',
      PATH,
      grantFile({ duration: null, expires_at: '2020-01-01T00:00:00Z' }),
      'is in the past',
    ],
    ['no YAML', PATH, '\t{', ':1: '],
    ['5 MB', PATH, 'a'.repeat(5_000_000), 'too large'],
    [
      'another suffix',
      'access-grants/production/alice.yaml',
      grantFile(),
      'must end in .yml, not in .yaml',
    ],
    ['escapes in a name', 'access-grants/production/\u001b[31m.yml', grantFile(), '‹U+001B›[31m'],
    [
      'an unknown environment',
      'access-grants/moon/alice.yml',
      grantFile(),
      'settings.yaml has no environment "moon"',
    ],
  ])('%s', async (_, path, content, says) => {
    tree.write(path, content);
    const { exit, out } = await check();
    expect(out.join('\n')).toContain(says);
    expect(out.find((line) => line.includes(says))).toMatch(/ \([a-z_]+\)$/);
    expect(out.join('')).not.toContain('\u001b');
    expect(exit).toBe(1);
  });

  test('neither a symlink nor a linked folder is followed', async () => {
    symlinkSync('/etc/passwd', join(tree.folder, PATH));
    symlinkSync('/etc', join(tree.folder, 'access-grants/development'));
    const { exit, out } = await check();
    expect(exit).toBe(1);
    expect(out.join('\n')).toContain(`${PATH}: this is a symbolic link`);
    expect(out.join('\n')).not.toContain('root:');
  });

  test('names that collide', async () => {
    tree.write('access-grants/production/OLD.yml', grantFile());
    expect((await check()).out.join('\n')).toContain('only in case or Unicode form');
  });

  test('a repository inside the folder, and a pipe', async () => {
    tree.write(`${PATH}/x`, 'x');
    execFileSync('git', ['init', '--quiet', join(tree.folder, PATH)]);
    execFileSync('mkfifo', [join(tree.folder, 'access-grants/production/pipe.yml')]);
    const { exit, out } = await check();
    expect(out.join('\n')).toContain('this is a submodule');
    expect(exit).toBe(1);
  });

  test('ignored files are not read, and neither hooks nor a file system monitor run', async () => {
    tree.write('.gitignore', '*.bak\n');
    tree.write(`${PATH}.bak`, 'x');
    tree.git('config', 'core.fsmonitor', `touch ${join(tree.folder, 'ran')}; false`);
    tree.git('config', 'core.hooksPath', tree.folder);
    expect((await check()).out.at(-1)).toContain('yes');
  });
});

describe('compared with the base', () => {
  test('a file that existed before: only the ledger knows what the change is', async () => {
    tree.write(OLD, grantFile({ subject: 'frank', duration: '1h' }));
    const { exit, out } = await check();
    expect(exit).toBe(2);
    expect(out.join('\n')).toContain('extends, narrows or replaces a live grant only the ledger');
  });

  test('a file that is removed', async () => {
    tree.remove(OLD);
    const { exit, out } = await check();
    expect(exit).toBe(2);
    expect(out.join('\n')).toContain(`whether a grant is live for ${OLD}`);
  });

  test('a file that changed on both sides', async () => {
    tree.write(OLD, grantFile({ subject: 'frank', duration: '1h' }));
    tree.git('commit', '--quiet', '--all', '--message', 'Mine');
    tree.git('switch', '--quiet', 'main');
    tree.write(OLD, grantFile({ subject: 'frank', duration: '2h' }));
    tree.git('commit', '--quiet', '--all', '--message', 'Theirs');
    tree.git('switch', '--quiet', 'work');
    const { exit, out } = await check();
    expect(exit).toBe(1);
    expect(out.join('\n')).toContain('Update the branch');
  });

  test('a base that does not exist, and a folder that is not a repository', async () => {
    const none = await check('--base', '--upload-pack=x');
    expect(none.exit).toBe(2);
    expect((await check('--base', 'nowhere')).err.join('')).toContain('fetch it first');
    const outside = await ask(['check'], {}, { cwd: '/' });
    expect(outside.exit).toBe(2);
    expect(outside.err.join('')).toContain('not a git repository');
  });
});

describe('policies', () => {
  test('a mistake in the settings, on its line', async () => {
    tree.write(
      'policies/settings.yaml',
      starter()['policies/settings.yaml']?.replace(/max_duration: \S+/, 'max_duration: long') ?? '',
    );
    const { exit, out } = await check();
    expect(exit).toBe(1);
    expect(out.join('\n')).toMatch(/^policies\/settings\.yaml:\d+: .*"long"/m);
  });

  test('invariant 1: grants are judged by the policy of the base, never by the one that comes with them', async () => {
    tree.write('policies/catalog/moon.yaml', starter()['policies/catalog/orders-db.yaml'] ?? '');
    tree.write(PATH, grantFile({ resource: 'moon' }));
    const { out } = await check();
    expect(out.join('\n')).toContain('Its resources: orders-db');
    expect(out.join('\n')).toContain('never both');
  });

  test('rules that cannot be compiled here are neither a yes nor a no', async () => {
    tree.write('policies/access/rules/every/new/new.rego', 'package access.rules.every.new\n');
    const home = join(tree.folder, '.git', 'cache');
    const found = await checkFolder({
      folder: tree.folder,
      base: null,
      facts: null,
      home,
      opa: null,
    });
    expect(found).toMatchObject({ outcome: 'could_not_tell' });
    expect(JSON.stringify(found)).toContain('OPA not found');
  });

  test('says who may ask at use, as far as the working tree changes it', async () => {
    const text = starter()['policies/enforcement.yaml'] ?? '';
    const example = text
      .split('\n')
      .flatMap((line) => (line.startsWith('#   ') ? [line.slice(4)] : []))
      .join('\n');
    tree.write('policies/enforcement.yaml', example);
    const { exit, out } = await check();
    expect(exit).toBe(2);
    expect(out.join('\n')).toContain(
      'Who may ask at use:\n  - pipelines is new. It speaks authzen and may ask about orders-pipelines in ci. It says who somebody is by a numeric GitHub id. It is whoever has the secret ENFORCER_PIPELINES_TOKEN of the operator. Where it names no environment, ci is meant.',
    );
    const { points } = (await check('--json')).json() as { points: unknown };
    expect(points).toEqual([expect.stringMatching(/^pipelines is new/)]);
    tree.write('policies/enforcement.yaml', example.replace('[ci]', '[production]'));
    const wrong = await check();
    expect(wrong.exit).toBe(1);
    expect(wrong.out.join('\n')).toMatch(
      /^policies\/enforcement\.yaml:5: points\.pipelines\.guards\.1\.environments\.1: orders-pipelines is not offered in "production"\. Its environments: ci\. \(not_offered\)$/m,
    );
  });

  test('a command that may allow any other is a warning on its line', async () => {
    const file = 'policies/catalog/orders-pipelines.yaml';
    const catalog = starter()[file] ?? '';
    const wide = catalog.replace(
      '    actions: [shell]\n',
      '    actions: [shell]\n    commands: { shell: [[sudo, "**"]] }\n',
    );
    expect(wide).not.toBe(catalog);
    tree.write(file, wide);
    const { exit, out } = await check();
    expect(exit).toBe(2);
    expect(out.join('\n')).toMatch(
      /^warning: policies\/catalog\/orders-pipelines\.yaml:\d+: runner-shell\.commands\.shell: "sudo" runs other programs, and "\*\*" leaves open which\. .* \(wide_command\)$/m,
    );
  });

  test('other than ASCII that comes to Rego is a warning, which denies nothing', async () => {
    const file = 'policies/access/lib/scope.rego';
    const rules = starter()[file] ?? '';
    expect(rules).not.toBe('');
    tree.write(file, `${rules}# \u0430\u200b\n`);
    const { out } = await check();
    const line = rules.split('\n').length;
    expect(out.join('\n')).toContain(
      `warning: ${file}:${line}: other than ASCII in Rego: \u0430 (U+0430), ‹U+200B›. Such a character can look like another one.`,
    );
    const found = JSON.parse((await check('--json')).out.join('')) as { warnings: unknown };
    expect(found.warnings).toMatchObject([{ path: file, line, code: 'other_than_ascii' }]);
  });

  test('a link in policies/', async () => {
    symlinkSync('/etc/passwd', join(tree.folder, 'policies/catalog/etc.yaml'));
    const { exit, out } = await check();
    expect(exit).toBe(1);
    expect(out.join('\n')).toContain('not a plain file');
  });
});
