import type { ErrorObject } from 'ajv';
import type { Cut } from './schema.js';

interface Opened {
  readonly roots: Cut['roots'];
  /** What is wrong with a body by the schema at `path`. */
  readonly errors: (path: readonly string[], body: unknown) => readonly ErrorObject[];
}

export interface Schemas {
  readonly rest: () => Opened;
  readonly webhooks: () => Opened;
}

export declare const schemas: Schemas;
