import { describe, expect, test } from '@jest/globals';
import { policyEffects } from '../../../src/core/decision/policy-effects.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import { report } from '../../../src/core/report/report.js';
import { CATALOG } from '../../support/core/uses.js';
import { FILES, providers } from '../../support/core/policy-files.js';
import { decidedPolicy, reporting } from '../../support/core/reporting.js';

const path = 'catalog/orders-host.yaml';
const wide = CATALOG.replace('[[systemctl, restart, "orders-*"]]', '[[find, "*"], [less, x]]');

const dataOf = (text: string) => {
  const parsed = parsePolicyData({ ...FILES, [path]: text }, providers);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};
const effects = (before: string | null, after: string) =>
  policyEffects(
    [{ path: `policies/${path}`, after }],
    before === null ? null : dataOf(before),
    dataOf(after),
  );

describe('commands that a change allows and that may allow any other', () => {
  test('are told on their line, and only where they are new', () => {
    expect(wide).not.toBe(CATALOG);
    expect(effects(CATALOG, wide).look_closely).toMatchObject(
      [
        { path: `policies/${path}`, line: 15, code: 'wide_command', message: /find/ },
        { line: 15, message: /less/ },
      ].map(({ message, ...one }) => ({ ...one, message: expect.stringMatching(message) })),
    );
    expect(effects(null, wide).look_closely).toHaveLength(2);
    expect(effects(wide, `${wide}# nothing\n`).look_closely).toEqual([]);
    expect(effects(wide, CATALOG).look_closely).toEqual([]);
    expect(effects(null, CATALOG).look_closely).toEqual([]);
  });

  test('nothing is told of a tree that does not load', () => {
    const files = [{ path: `policies/${path}`, after: wide }];
    expect(policyEffects(files, dataOf(CATALOG), null)).toEqual({ points: [], look_closely: [] });
  });

  test('deny nothing: they are in the summary and annotate their line', () => {
    const policies = { ...decidedPolicy(), effects: effects(CATALOG, wide) };
    const { conclusion, summary, annotations } = report(reporting({ policies }));
    expect(conclusion).toBe('success');
    expect(summary).toContain(
      `- \`policies/${path}\` line 15: operator.commands.restart: "find" runs other programs, and "\\*" leaves open which.`,
    );
    expect(annotations).toMatchObject([
      { path: `policies/${path}`, line: 15, level: 'warning' },
      { line: 15, level: 'warning' },
    ]);
  });
});
