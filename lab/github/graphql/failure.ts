import type { ExecutionResult, GraphQLError } from 'graphql';
import { Refusal } from '../refusal.js';

export type FailureType =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNPROCESSABLE'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION'
  | 'INVALID_CURSOR_ARGUMENTS'
  | 'ARGUMENT_LIMIT';

/** A field that cannot be answered, in GitHub's words. */
export class Failure extends Error {
  constructor(
    readonly type: FailureType,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

/** `notFound('User', "login of 'x'")`. */
export const notFound = (kind: string, name: string): Failure =>
  new Failure(
    'NOT_FOUND',
    `Could not resolve to ${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind} with the ${name}.`,
  );

/** One of `errors` in an answer. */
export interface AnsweredError {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
}

const TYPES: Readonly<Record<number, FailureType>> = {
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  422: 'UNPROCESSABLE',
};

function typeOf(cause: Error | undefined): FailureType | undefined {
  if (cause instanceof Failure) return cause.type;
  return cause instanceof Refusal ? TYPES[cause.status] : undefined;
}

/** What a field threw. The shared schema takes an error of a test file, which is of another realm, for a value. */
const thrown = ({ originalError: error }: GraphQLError): Error | undefined =>
  error && 'thrownValue' in error ? (error.thrownValue as Error) : error;

/** An error of executing a query, in GitHub's form; an error that is a fault of the stand-in is thrown. */
function answered(error: GraphQLError): AnsweredError {
  const { path, locations } = error;
  const cause = thrown(error);
  const type = typeOf(cause);
  if (cause && !type) throw cause;
  const { message } = cause ?? error;
  return {
    ...(type ? { type } : {}),
    ...(path ? { path } : {}),
    ...(locations ? { locations } : {}),
    message,
  };
}

/** An error of parsing or validating, in GitHub's form: it has its own words for an unknown field. */
export function refused(error: GraphQLError): AnsweredError {
  const { message, locations } = error;
  const [, fieldName, typeName] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message) ?? [];
  return {
    ...(fieldName === undefined
      ? { message }
      : {
          message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
          extensions: { code: 'undefinedField', typeName, fieldName },
        }),
    ...(locations ? { locations } : {}),
  };
}

export interface Answered {
  readonly data?: ExecutionResult['data'];
  readonly errors?: readonly AnsweredError[];
}

/** The answer to an executed query. */
export const answer = ({ data, errors }: ExecutionResult): Answered => ({
  ...(data === undefined ? {} : { data }),
  ...(errors ? { errors: errors.map(answered) } : {}),
});
