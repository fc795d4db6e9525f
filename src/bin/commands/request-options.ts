import type { Command } from 'commander';
import type { GrantWish } from '../../core/use/wish.js';

/** The options of `daypass request` that say what is asked for. */
export interface RequestOptions {
  readonly role?: string;
  readonly environment?: string;
  readonly for?: string;
  readonly until?: string;
  readonly starts?: string;
  readonly scope?: string;
  readonly subject?: string;
  readonly reason?: string;
  readonly ticket?: string;
}

/** Adds the argument and the options that `requestLine` writes. */
export function requestOptions(command: Command): Command {
  return command
    .argument('[resource]', 'a resource of the catalog')
    .option('--role <role>', 'a role of that resource; needed if it has more than one')
    .option('--environment <name>', 'needed if the resource is in more than one')
    .option('--for <duration>', 'how long, such as 4h, 90m or 1d12h')
    .option('--until <moment>', 'until when instead, in RFC 3339 with its offset')
    .option('--starts <moment>', 'when it begins (default: at the merge)')
    .option('--reason <text>', 'why, for the people who approve')
    .option('--ticket <ticket>', 'a ticket, where the policy wants one')
    .option('--scope <actions>', 'only these actions, with commas between them')
    .option('--subject <login>', 'who gets the access (default: you)');
}

/** The wish that the options say; `me` is the login of whoever asks. */
export function wishOf(
  resource: string | undefined,
  options: RequestOptions,
  me: string,
): GrantWish {
  const { role, environment, subject, scope, reason, ticket } = options;
  return {
    ...{ resource: resource ?? null, role: role ?? null, environment: environment ?? null },
    subject: subject ?? me,
    duration: options.for ?? null,
    expires_at: options.until ?? null,
    starts_at: options.starts ?? null,
    actions: scope === undefined ? null : scope.split(',').map((action) => action.trim()),
    ...{ reason: reason ?? null, ticket: ticket ?? null },
  };
}
