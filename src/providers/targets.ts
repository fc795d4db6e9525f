import pLimit, { type LimitFunction } from 'p-limit';
import { TargetFault } from '../ports.js';
import type { Connection, Provider, Targets, TargetsApp } from '../ports.js';

/** So many slots of one target are worked on at once, so that one that is slow is not asked ever more. */
const AT_ONCE = 32;

/**
 * Connections by provider and target name, made when first asked for and shared. A connection that could
 * not be made is tried anew at the next call.
 */
export function createTargets(
  providers: Readonly<Record<string, Provider>>,
  urls: Readonly<Record<string, string>>,
  forbidden: () => Promise<readonly string[]>,
  app?: TargetsApp,
): Targets {
  const open = new Map<string, Promise<Connection>>();
  const connect = async (type: string, target: string): Promise<Connection> => {
    const provider = providers[type];
    if (!provider) throw new TargetFault(`there is no provider ${type}`, true);
    const url = urls[target];
    if (url === undefined) {
      const variable = `TARGET_${target.toUpperCase().replaceAll('-', '_')}_URL`;
      throw new TargetFault(`the worker has no ${variable} for the target ${target}`, true);
    }
    return provider.connect({ url, forbidden: await forbidden(), app });
  };
  const connection = (type: string, target: string) => {
    const key = JSON.stringify([type, target]);
    let connection = open.get(key);
    if (!connection) {
      connection = connect(type, target);
      open.set(key, connection);
      connection.catch(() => open.delete(key));
    }
    return connection;
  };
  const lines = new WeakMap<Connection, LimitFunction>();
  return {
    connection,
    turn: async (type, target, work) => {
      const to = await connection(type, target);
      const line = lines.get(to) ?? pLimit(AT_ONCE);
      lines.set(to, line);
      return line(work, to);
    },
    close: async () => {
      const all = await Promise.allSettled(open.values());
      open.clear();
      for (const one of all) if (one.status === 'fulfilled') await one.value.close();
    },
  };
}
