import type {
  DocumentNode,
  ExecutionArgs,
  ExecutionResult,
  GraphQLError,
  GraphQLSchema,
} from 'graphql';

/** GitHub's published schema, and what is asked of it. */
export interface Published {
  readonly schema: () => GraphQLSchema;
  /** The query's document, and what is wrong with it by the schema; null if it cannot be parsed. */
  readonly read: (query: string) => {
    readonly document: DocumentNode | null;
    readonly problems: readonly GraphQLError[];
  };
  /** Answers a document that has no problems. */
  readonly execute: (
    document: DocumentNode,
    how: Omit<ExecutionArgs, 'schema' | 'document'>,
  ) => ExecutionResult | Promise<ExecutionResult>;
}

export declare const published: Published;
