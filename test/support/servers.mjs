import { register } from 'tsx/esm/api';

/** Before the first test: lends servers to test files, so that they are made once for each worker of jest. */
export default async function lendServers() {
  const unregister = register();
  const lending = await import('../../lab/servers/lender.ts');
  const { sweep } = await import('../../lab/servers/throwaway.ts');
  await unregister();
  const lender = await lending.lendServers();
  process.env.DAYPASS_TEST_SERVERS = lender.url;
  globalThis.endServers = async () => {
    await lender.close();
    // Those of files that failed before they could.
    await sweep(process.pid);
  };
}
