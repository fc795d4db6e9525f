import { createHash } from 'node:crypto';
import { quote } from '../reading/problem.js';
import { visible } from '../reading/visible.js';
import { REASONS, type ReasonCode } from '../reading/reason.js';
import { timeInWords } from '../report/words.js';
import type { Requestable } from './requests/access-request.js';
import type { UseDecision } from './answer.js';
import type { AskedQuestion } from './asked.js';
import type { Question } from './weigh.js';

/** One decided use as it is logged. What was asked is cut: whoever asks chooses it. */
export interface UseRow {
  /** RFC 3339; the moment that the windows were compared with, or that of the process where it knows none. */
  readonly at: string;
  readonly evaluation: string;
  /** The enforcement point. */
  readonly point: string;
  /** The numeric GitHub id; null where nobody is known by what the point said. */
  readonly subject_id: number | null;
  /** Their login; what the point called the subject where it is not known. */
  readonly subject: string;
  readonly resource: string;
  readonly environment: string | null;
  readonly action: string;
  readonly allowed: boolean;
  readonly code: ReasonCode;
  readonly message: string;
  /** The grant that allowed it or comes nearest, or null. */
  readonly grant: string | null;
  /** Whether the grant is break-glass. */
  readonly break_glass: boolean;
  /** The id of the policy tree that was asked, or null where none was. */
  readonly policy: string | null;
  /** What may be asked for after it; missing where nothing may. */
  readonly asked_for?: Requestable;
}

/** What the command line asks of logged uses. */
export interface UsesAsked {
  readonly since: Date | null;
  readonly until: Date | null;
  readonly subject: string | null;
  readonly denied: boolean;
  readonly limit: number;
}

/** Uses that could not be logged because there was no room, since a moment. */
export interface LostUses {
  readonly allowed: number;
  readonly denied: number;
}

const LONGEST = 200;

/** Text of which everybody sees all, as almost every text is. */
const PLAIN = /^[\x20-\x7e]*$/;

/** What nobody would see is written out, so that a row is text for every reader, and is short whatever was sent. */
function cut(text: string, longest = LONGEST): string {
  if (text.length <= longest && PLAIN.test(text)) return text;
  const plain = Array.from(visible(text.slice(0, longest)));
  return plain.length > longest || text.length > longest
    ? `${plain.slice(0, longest - 1).join('')}…`
    : plain.join('');
}

/**
 * The row of a decided use. The words of a command and the path of a call are logged only where settings say `full`: they
 * may hold secrets (invariant 24). Without it such a denial is logged by what its code means.
 */
export function useRow(
  asked: AskedQuestion,
  { decision, question }: { readonly decision: UseDecision; readonly question: Question | null },
  at: {
    readonly at: string;
    readonly evaluation: string;
    readonly point: string;
    readonly policy: string | null;
    readonly full: boolean;
    readonly break_glass: boolean;
    readonly asked_for: Requestable | null;
  },
): UseRow {
  const [{ code, message, rule }] = decision.reasons;
  const { argv, method, path } = asked.action.properties;
  const plain = argv === undefined && method === undefined && path === undefined;
  const ours = at.full || plain || rule !== undefined;
  return {
    at: at.at,
    evaluation: at.evaluation,
    point: at.point,
    policy: at.policy,
    break_glass: at.break_glass,
    subject_id: question?.subject.id ?? null,
    subject: cut(question?.subject.login ?? asked.subject.id),
    resource: cut(asked.resource.id),
    environment: question?.environment ?? null,
    action: cut(asked.action.name),
    allowed: decision.allowed,
    code,
    message: cut(ours ? message : REASONS[code], 1_000),
    grant: decision.grant,
    ...(at.asked_for && { asked_for: at.asked_for }),
  };
}

/** A logged use as a sentence. */
export function useInWords(row: UseRow): string {
  const { point, subject, action, resource, environment, allowed, message, code } = row;
  const where = environment === null ? '' : ` in ${environment}`;
  const who = row.subject_id === null ? quote(subject) : subject;
  const verb = allowed ? 'was allowed' : 'was denied';
  return `${timeInWords(row.at)}: ${who} ${verb} ${plainly(action)} on ${plainly(resource)}${where}, asked by ${point}: ${message} (${code})`;
}

/** A name as it is; anything else in quotes. */
const plainly = (text: string) => (/^[\w.:/-]+$/.test(text) ? text : quote(text));

/** The digest of a batch of rows in their order: SHA-256 in hex over their texts (canonical JSON), a line each. */
export function digestOfUses(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text}\n`);
  return hash.digest('hex');
}

/** The row in a text, with what was lost before it; null where it is none, because somebody else wrote it. */
export function useOfText(text: string): (UseRow & { readonly lost?: LostUses }) | null {
  try {
    const row = JSON.parse(text) as UseRow & { readonly lost?: LostUses };
    const whole = typeof row.at === 'string' && typeof row.allowed === 'boolean';
    return whole && !Number.isNaN(Date.parse(row.at)) ? row : null;
  } catch {
    return null;
  }
}
