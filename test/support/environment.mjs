import { TestEnvironment } from 'jest-environment-node';
import { schemas } from '../../lab/github/schemas/open.mjs';

/**
 * Jest loads every module again for each test file. To compile GitHub's schemas takes longer than many of them, so the files
 * of a worker share these, which keep nothing of a file.
 */
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    // What a getter returns outlives the file.
    Object.defineProperty(this.global, 'githubSchemas', { get: () => schemas });
  }
}
