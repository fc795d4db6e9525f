import { tsImport } from 'tsx/esm/api';

/** After the last test: ends the servers of files that failed before they could. */
export default async function endServers() {
  const { sweep } = await tsImport('./throwaway.ts', import.meta.url);
  await sweep(process.pid);
}
