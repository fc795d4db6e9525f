// JavaScript, because test/support/environment.mjs loads it as Node does: once for all test files of a worker of jest.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

const once = (make) => {
  let made;
  return () => (made ??= make());
};

/** The schemas of one file, each compiled when it is first asked for. */
function open(file) {
  const cut = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    logger: false,
    // This compiles ten times faster, and each schema judges only a few bodies.
    inlineRefs: false,
    code: { optimize: false },
  });
  formats.default(ajv);
  // Addresses come from git commits, where git takes any text, and GitHub passes them on as they are.
  ajv.addFormat('email', true);
  ajv.addSchema(cut, file);
  const compiled = new Map();
  const errors = (path, body) => {
    const pointer = path.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1'));
    const $ref = `${file}#/${pointer.map(encodeURIComponent).join('/')}`;
    const validate = compiled.get($ref) ?? ajv.compile({ $ref });
    compiled.set($ref, validate);
    validate(body);
    return validate.errors ?? [];
  };
  return { roots: cut.roots, errors };
}

/** GitHub's published descriptions: of the answers of its routes, and of its webhooks. */
export const schemas = {
  rest: once(() => open('rest.json')),
  webhooks: once(() => open('webhooks.json')),
};
