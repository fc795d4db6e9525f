import { register } from 'tsx/esm/api';

/** After the last test: ends the servers of files that failed before they could. */
export default async function endServers() {
  const unregister = register();
  const { sweep } = await import('../../lab/servers/throwaway.ts');
  await unregister();
  await sweep(process.pid);
}
