import { Kysely, Migrator, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { migrations } from './migrations/index.js';

/** Brings the schema `daypass` to the newest migration; all in one transaction. Throws when one fails. */
export async function migrate(pool: pg.Pool): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: lent(pool) }) });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableSchema: 'daypass',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  await db.destroy();
  if (error !== undefined) {
    const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
    throw new Error(`Migration ${failed ?? 'of the ledger'} failed`, { cause: error });
  }
}

/** The pool without its `end`, because Kysely would call it. */
const lent = (pool: pg.Pool) => ({
  connect: () => pool.connect(),
  end: () => Promise.resolve(),
});
