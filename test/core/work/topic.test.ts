import { expect, test } from '@jest/globals';
import {
  commentTopics,
  grantTopic,
  pullTopic,
  readTopic,
  type TopicParts,
  type Topic,
} from '../../../src/core/work/topic.js';

test.each<[string, TopicParts | null]>([
  ['tip', { kind: 'tip' }],
  ['pulls', { kind: 'pulls', all: false }],
  ['pulls:all', { kind: 'pulls', all: true }],
  [pullTopic(7), { kind: 'pull', pull_request: 7 }],
  ...commentTopics(7).map((topic): [Topic, TopicParts] => [
    topic,
    { kind: 'comment', pull_request: 7 },
  ]),
  [grantTopic('access-grants/a:b.yaml@c1'), { kind: 'grant', id: 'access-grants/a:b.yaml@c1' }],
  ['weather', null],
  ['', null],
])('the topic %j is read back', (topic, look) => {
  expect(readTopic(topic)).toEqual(look);
});

test('an entry without a pull request needs no comment', () => {
  expect(commentTopics(null)).toEqual([]);
});
