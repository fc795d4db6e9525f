// Writes dist/sbom.cdx.json: the software bill of materials (CycloneDX 1.5) of what runs in production.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, isMain, root, run } from './run.mjs';

/**
 * The part of npm's bill that serves production, by package-lock.json (version 3). npm's own `--omit=dev` leaves out
 * whatever development needs too (seen with npm 11.19: pg, zod). Throws if a package or its hash is missing.
 */
export function ofProduction(bom, lock) {
  const found = new Map(bom.components.map((each) => [`${fullName(each)}@${each.version}`, each]));
  const missing = [];
  const components = new Set();
  for (const [path, { version, dev }] of Object.entries(lock.packages)) {
    if (path === '' || dev) continue;
    const name = `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`;
    const component = found.get(name);
    if (component?.hashes?.length) components.add(component);
    else missing.push(`${name} ${component ? 'has no hash' : 'is missing'}`);
  }
  if (missing.length > 0) throw new Error(missing.join('\n'));
  const kept = new Set([bom.metadata.component, ...components].map((each) => each['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((to) => kept.has(to)) }));
  return { ...bom, components: [...components], dependencies };
}

const fullName = ({ group, name }) => (group ? `${group}/${name}` : name);

if (isMain(import.meta.url)) {
  const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'];
  const { code, stdout, stderr } = await run('npm', args, { capture: true });
  if (code !== 0) fail(`npm sbom failed: ${stderr.trim()}`);
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  try {
    const bom = ofProduction(JSON.parse(stdout), lock);
    mkdirSync(join(root, 'dist'), { recursive: true });
    writeFileSync(join(root, 'dist', 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
    console.log(`dist/sbom.cdx.json: ${bom.components.length} packages`);
  } catch (error) {
    fail(`The bill of materials is not whole:\n${error.message}`);
  }
}
