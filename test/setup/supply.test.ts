import { describe, expect, test } from '@jest/globals';

/** A set-up script; it has no types, because it runs before TypeScript is installed. */
const script = (name: string): Promise<unknown> =>
  import(new URL(`../../setup/${name}`, import.meta.url).href);
const { readAudit } = (await script('audit.mjs')) as {
  readAudit: (stdout: string) => { readonly code: number; readonly said: string };
};
const { ofProduction } = (await script('sbom.mjs')) as {
  ofProduction: (bom: object, lock: object) => object;
};

const report = (counts: object, vulnerabilities: object = {}) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: { vulnerabilities: { low: 0, moderate: 0, high: 0, critical: 0, ...counts } },
  });

describe('known vulnerabilities', () => {
  test.each([
    ['none', report({ total: 0 }), 0, /No vulnerability of severity high/],
    ['moderate ones only', report({ moderate: 2, total: 2 }), 0, /2 in all/],
    [
      'a high one',
      report({ high: 1, total: 1 }, { a: { name: 'a', severity: 'high', range: '<2' } }),
      1,
      /a <2: high/,
    ],
    [
      'counts that the list does not explain',
      report({ critical: 1, total: 1 }),
      1,
      /Vulnerable dependencies/,
    ],
    ['a registry without audits', '{"message":"405 Method Not Allowed"}', 2, /405/],
    ['no registry', '{"error":{"summary":"ENOTFOUND"}}', 2, /ENOTFOUND/],
    ['nothing', '', 2, /gave no report/],
    ['half a report', '{"auditReportVersion":2,"metadata":{}}', 2, /gave no report/],
  ])('%s', (_, stdout, code, said) => {
    expect(readAudit(stdout)).toEqual({ code, said: expect.stringMatching(said) });
  });
});

describe('the bill of materials', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/a/node_modules/@s/b': { version: '2.0.0' },
      'node_modules/tool': { version: '3.0.0', dev: true },
      // npm lists it once, as the tool's.
      'node_modules/tool/node_modules/both': { version: '4.0.0', dev: true },
      'node_modules/a/node_modules/both': { version: '4.0.0' },
    },
  };
  const a = { 'bom-ref': 'a', name: 'a', version: '1.0.0', hashes: [{}] };
  const b = { 'bom-ref': 'b', group: '@s', name: 'b', version: '2.0.0', hashes: [{}] };
  const tool = { 'bom-ref': 'tool', name: 'tool', version: '3.0.0', hashes: [{}] };
  const both = { 'bom-ref': 'both', name: 'both', version: '4.0.0', hashes: [{}] };
  const bom = (...components: object[]) => ({
    metadata: { component: { 'bom-ref': 'us' } },
    components,
    dependencies: [
      { ref: 'us', dependsOn: ['a', 'tool'] },
      { ref: 'tool', dependsOn: ['both'] },
      { ref: 'a' },
    ],
  });

  test('lists what runs in production, and nothing else', () => {
    expect(ofProduction(bom(tool, both, b, a), lock)).toEqual({
      metadata: { component: { 'bom-ref': 'us' } },
      components: [a, b, both],
      dependencies: [
        { ref: 'us', dependsOn: ['a'] },
        { ref: 'a', dependsOn: [] },
      ],
    });
  });

  test.each([
    ['a package less', [a, both], '@s/b@2.0.0 is missing'],
    ['another version', [{ ...a, version: '1.0.1' }, b, both], 'a@1.0.0 is missing'],
    ['no hash', [{ ...a, hashes: [] }, b, both], 'a@1.0.0 has no hash'],
  ])('%s', (_, components, said) => {
    expect(() => ofProduction(bom(...components), lock)).toThrow(said);
  });
});
