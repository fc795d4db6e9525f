import { TargetFault } from '../../ports.js';
import type { Connection, Guard, Provider, Targets, TargetsApp } from '../../ports.js';
import { createKept } from './kept.js';
import { createLine, type Line } from './line.js';

/**
 * Connections by provider and target name, made when first asked for and shared. A connection that could
 * not be made is tried anew at the next call.
 */
export function createTargets(
  providers: Readonly<Record<string, Provider>>,
  urls: Readonly<Record<string, string>>,
  forbidden: () => Promise<readonly string[]>,
  { app, guard }: { readonly app?: TargetsApp | undefined; readonly guard?: Guard } = {},
): Targets {
  const open = new Map<string, Promise<Connection>>();
  const connect = async (type: string, target: string): Promise<Connection> => {
    const provider = providers[type];
    if (!provider) throw new TargetFault(`there is no provider ${type}`, true);
    if (provider.targetless) return provider.connect({ url: '', forbidden: [], guard });
    const url = urls[target];
    if (url === undefined) {
      const variable = `TARGET_${target.toUpperCase().replaceAll('-', '_')}_URL`;
      throw new TargetFault(`the worker has no ${variable} for the target ${target}`, true);
    }
    return provider.connect({ url, forbidden: await forbidden(), app });
  };
  // What has no target shares one line: all of it waits for the same.
  const keyOf = (type: string, target: string) =>
    JSON.stringify(providers[type]?.targetless ? [type] : [type, target]);
  const connection = (type: string, target: string) => {
    const key = keyOf(type, target);
    let connection = open.get(key);
    if (!connection) {
      connection = connect(type, target);
      open.set(key, connection);
      connection.catch(() => open.delete(key));
    }
    return connection;
  };
  const kept = createKept(connection);
  const lines = new Map<string, Line>();
  const lineOf = (type: string, target: string) => {
    const key = keyOf(type, target);
    const line = lines.get(key) ?? createLine();
    lines.set(key, line);
    return line;
  };
  return {
    connection,
    full: (type, target) => lineOf(type, target).full(),
    // Connecting is work on the target, too: an unreachable one would keep everybody waiting.
    turn: (type, target, work) =>
      lineOf(type, target).run(async () => work(await connection(type, target))),
    ...kept,
    close: async () => {
      const all = await Promise.allSettled(open.values());
      open.clear();
      for (const one of all) if (one.status === 'fulfilled') await one.value.close();
    },
  };
}
