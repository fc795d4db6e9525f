import type { GrantDraft } from './draft.js';

/** Stands for what whoever asks still has to write. `daypass request` asks for it again where it is left. */
const TO_BE_WRITTEN = '…';

/** Words that no shell reads as anything else. */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/;

/** A word for a POSIX shell: as it is where that is safe, else in single quotes, in which nothing has a meaning. */
function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The command line that asks for a draft's grant: `daypass request RESOURCE --role R …`, each value quoted for the
 * shell. Its options are those that `requestOptions` of the command reads.
 */
export function requestLine(draft: GrantDraft): string {
  const options: readonly (readonly [name: string, value: string | null])[] = [
    ['role', draft.role],
    ['environment', draft.environment],
    ['for', draft.duration],
    ['until', draft.expires_at],
    ['starts', draft.starts_at],
    ['scope', draft.actions?.join(',') ?? null],
    ['subject', draft.subject],
    ['ticket', draft.ticket],
  ];
  const words = options.flatMap(([name, value]) =>
    value === null ? [] : [`--${name}`, shellWord(value)],
  );
  const reason = draft.reason === null ? TO_BE_WRITTEN : shellWord(draft.reason);
  return ['daypass request', shellWord(draft.resource), ...words, '--reason', reason].join(' ');
}

/** Whether a text says anything: it has a letter or a digit. */
export function saysSomething(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
