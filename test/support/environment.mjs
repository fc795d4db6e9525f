import { TestEnvironment } from 'jest-environment-node';
import { published } from '../../lab/github/graphql/published.mjs';
import { schemas } from '../../lab/github/schemas/open.mjs';

/**
 * Jest loads every module again for each test file. To read GitHub's schemas takes longer than many of them, so the files of
 * a worker share these, which keep nothing of a file but the queries that it asked.
 */
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    // What a getter returns outlives the file.
    Object.defineProperty(this.global, 'githubSchemas', { get: () => schemas });
    Object.defineProperty(this.global, 'githubGraphql', { get: () => published });
  }
}
