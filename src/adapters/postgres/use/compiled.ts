import type pg from 'pg';
import type { CompiledPolicies } from '../../../ports.js';

/** The port `CompiledPolicies`, with the rights of the worker's role. */
export function createCompiledPolicies(pool: pg.Pool): CompiledPolicies {
  return {
    has: async (tree, compiler) => {
      const { rowCount } = await pool.query(
        'SELECT FROM daypass.compiled_policies WHERE tree = $1 AND compiler = $2',
        [tree, compiler],
      );
      return rowCount === 1;
    },
    keep: async (tree, compiler, wasm) => {
      await pool.query(
        `INSERT INTO daypass.compiled_policies (tree, compiler, wasm) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING`,
        [tree, compiler, Buffer.from(wasm)],
      );
    },
  };
}
