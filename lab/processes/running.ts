import { install } from './installation.js';
import type { InstallOptions, Installation } from './installation.js';
import type { Program } from './process.js';

/** acme with Daypass installed, and both of its processes running. */
export interface Running {
  readonly acme: Installation;
  readonly web: Program;
  readonly worker: Program;
}

/** The same as `install`, then started; `worker` returns variables for the worker's environment. */
export async function running(
  options: InstallOptions & {
    readonly worker?: (acme: Installation) => Readonly<Record<string, string>>;
  } = {},
): Promise<Running> {
  const acme = await install(options);
  try {
    const web = await acme.start('web');
    return { acme, web, worker: await acme.start('worker', options.worker?.(acme)) };
  } catch (error) {
    // Nobody else can close it, because the test has no acme yet.
    await acme.close().catch(() => undefined);
    throw error;
  }
}
