/** An answer other than success, in GitHub's words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** 404: it does not exist, or the caller may not know that it does. */
export const notFound = () => new Refusal(404, 'Not Found');

/** 403 for an app whose installation lacks a permission. */
export const notAccessible = () => new Refusal(403, 'Resource not accessible by integration');

/** 422 with GitHub's list of errors. */
export const invalid = (message: string, errors?: unknown) =>
  new Refusal(422, message, errors === undefined ? {} : { errors });
