import { fingerprint } from '../../reading/canonical.js';
import { own, quote } from '../../reading/problem.js';
import type { AskedQuestion, Properties } from '../asked.js';
import {
  actionIn,
  contextIn,
  entityIn,
  objectIn,
  searchedIn,
  wholeOf,
  type Malformed,
} from './question.js';

/** The most results of one answer; a request may ask for fewer. */
const MOST_RESULTS = 1_000;

/** What a search is for. */
export type SearchedKind = 'subject' | 'resource' | 'action';

/** One search of an enforcement point (Authorization API 1.0, section 8). */
export interface AskedSearch {
  readonly searched: SearchedKind;
  /** The question, in which the id or the name of what is searched is empty. */
  readonly question: AskedQuestion;
  /** The most results of the answer. */
  readonly limit: number;
  /** Where the page before ended; null for the first. */
  readonly after: string | null;
  /** Whether the request speaks of pages. */
  readonly paged: boolean;
  /** What a token of this search begins with: a page of another one is not its next. */
  readonly digest: string;
}

/**
 * Reads a search request. What is searched needs a type, and for an action nothing; its id or name is ignored. Everything
 * else is read as in a single question.
 */
export function readSearch(searched: SearchedKind, body: unknown): AskedSearch | Malformed {
  const whole = wholeOf(body);
  if ('error' in whole) return whole;
  const question = questionOf(searched, whole.body);
  if ('error' in question) return question;
  const page = objectIn(own(whole.body, 'page') ?? {});
  if (!page) return { error: 'page must be an object' };
  const limit = limitIn(page);
  if (typeof limit === 'object') return limit;
  const digest = digestOf([searched, question, limit]);
  if (digest === null) return { error: 'the search has a number that JSON does not carry' };
  const after = afterIn(page, digest);
  if (after !== null && typeof after === 'object') return after;
  const paged = Object.hasOwn(whole.body, 'page');
  return { ...{ searched, question, digest, paged, after }, limit: Math.min(limit, MOST_RESULTS) };
}

function questionOf(searched: SearchedKind, whole: Properties): AskedQuestion | Malformed {
  const subject = (searched === 'subject' ? searchedIn : entityIn)(whole, 'subject');
  if ('error' in subject) return subject;
  const resource = (searched === 'resource' ? searchedIn : entityIn)(whole, 'resource');
  if ('error' in resource) return resource;
  const action = searched === 'action' ? { name: '', properties: {} } : actionIn(whole);
  if ('error' in action) return action;
  const context = contextIn(whole);
  return 'error' in context ? context : { subject, action, resource, ...context };
}

function limitIn(page: Properties): number | Malformed {
  const limit = own(page, 'limit') ?? MOST_RESULTS;
  if (typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 0) return limit;
  const error = `page.limit must be a whole number from 0; found ${quote(JSON.stringify(limit))}`;
  return { error };
}

/** A token is the digest of its search and where its page ended. It is no secret: it names nobody who is not asked about. */
function afterIn(page: Properties, digest: string): string | null | Malformed {
  const token = own(page, 'token') ?? '';
  if (typeof token !== 'string') return { error: 'page.token must be a text' };
  if (token === '') return null;
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const cut = text.indexOf('.');
  if (text.slice(0, cut) === digest) return text.slice(cut + 1);
  return { error: 'page.token is not of this search: only the token may change from page to page' };
}

/** The token of the page that comes after one that ended at a place. */
export function tokenAfter({ digest }: Pick<AskedSearch, 'digest'>, place: string): string {
  return Buffer.from(`${digest}.${place}`, 'utf8').toString('base64url');
}

function digestOf(search: readonly unknown[]): string | null {
  try {
    return fingerprint(search).slice(0, 32);
  } catch {
    return null;
  }
}
