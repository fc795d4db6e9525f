import type { z } from 'zod';
import type { Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { checkShape, where } from '../reading/shape.js';
import { MOST_PROBLEMS, readYaml } from '../reading/strict-yaml.js';

/** Tokens of all data files together: three thousand people, or some hundred resources; under half a second. */
export const DATA_TOKENS = 100_000;

/** A data file of `policies/` as read, and a way to say what is wrong further on. */
export interface PolicyFile<T> {
  readonly value: T;
  readonly say: (keys: readonly PropertyKey[], code: ReasonCode, message: string) => void;
  /** A value whose schema is another's: booleans, null and whole numbers as such. */
  readonly typed: (keys: readonly PropertyKey[]) => unknown;
}

/** Reads one data file by its schema; null where it has problems, which are added to the others. */
export function readPolicyFile<T>(
  below: string,
  text: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): PolicyFile<T> | null {
  const path = `policies/${below}`;
  const { file, problems: yaml } = readYaml(path, text, DATA_TOKENS);
  problems.push(...yaml);
  if (!file) return null;
  const { value, problems: shape } = checkShape(path, file, schema);
  problems.push(...shape);
  if (value === null) return null;
  return {
    value,
    say: (keys, code, message) => {
      // Each looks for its line.
      if (problems.length >= MOST_PROBLEMS) return;
      const line = file.lineOf(keys);
      problems.push({ path, line, code, message: `${where(keys)}${message}` });
    },
    typed: file.typed,
  };
}
