/**
 * Decisions are found by what they are of, and no others are read: each holds its whole input, and one large pull request
 * may have very many.
 */
export const decisions = `
CREATE INDEX entries_decided ON daypass.entries (pull_request, (body::json ->> 'digest'), seq)
  WHERE kind IN ('decision.made', 'policy.judged');
CREATE INDEX entries_at_head ON daypass.entries
  (pull_request, (body::json ->> 'head'), (body::json #>> '{replay,input,subject,id}'))
  WHERE kind = 'decision.made';
`;
