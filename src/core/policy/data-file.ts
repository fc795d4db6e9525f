import type { z } from 'zod';
import type { Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { checkShape, where } from '../reading/shape.js';
import { MOST_PROBLEMS, readYaml } from '../reading/strict-yaml.js';

/** Most tokens of all data files together: three thousand people or some hundred resources, under half a second. */
export const DATA_TOKENS = 100_000;

/** The value of a data file of `policies/`, and a way to report problems found later. */
export interface PolicyFile<T> {
  readonly value: T;
  readonly say: (keys: readonly PropertyKey[], code: ReasonCode, message: string) => void;
  /** A value that somebody else has the schema of: booleans, null and whole numbers are typed. */
  readonly typed: (keys: readonly PropertyKey[]) => unknown;
}

/** Reads one data file by its schema; null where it has problems, which are added to `problems`. */
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
      // Finding the line of each takes time.
      if (problems.length >= MOST_PROBLEMS) return;
      const line = file.lineOf(keys);
      problems.push({ path, line, code, message: `${where(keys)}${message}` });
    },
    typed: file.typed,
  };
}
