/**
 * What a row of work says to look at: the tip of the default branch; who has left; the pull requests that changed, or all open ones;
 * one pull request; one grant; the comment on one pull request; one request for access.
 */
export type Topic =
  | 'tip'
  | 'people'
  | 'pulls'
  | 'pulls:all'
  | `pull:${number}`
  | `grant:${string}`
  | `comment:${number}`
  | `request:${string}`;

export function pullTopic(pull_request: number): Topic {
  return `pull:${pull_request}`;
}

export function grantTopic(id: string): Topic {
  return `grant:${id}`;
}

export function requestTopic(id: string): Topic {
  return `request:${id}`;
}

/** The comment topics for something: none if it came without a pull request. */
export function commentTopics(pull_request: number | null): readonly Topic[] {
  return pull_request === null ? [] : [`comment:${pull_request}`];
}

/** A topic in parts. */
export type TopicParts =
  | { readonly kind: 'tip' | 'people' }
  | { readonly kind: 'pulls'; readonly all: boolean }
  | { readonly kind: 'pull' | 'comment'; readonly pull_request: number }
  | { readonly kind: 'grant' | 'request'; readonly id: string };

export type TopicKind = TopicParts['kind'];

/** Reads a topic from its row; null for an unknown one, which another version may have left. */
export function readTopic(topic: string): TopicParts | null {
  const at = topic.indexOf(':');
  const kind = at < 0 ? topic : topic.slice(0, at);
  const id = at < 0 ? '' : topic.slice(at + 1);
  switch (kind) {
    case 'tip':
    case 'people':
      return { kind };
    case 'pulls':
      return { kind, all: id === 'all' };
    case 'pull':
    case 'comment':
      return { kind, pull_request: Number(id) };
    case 'grant':
    case 'request':
      return { kind, id };
    default:
      return null;
  }
}
