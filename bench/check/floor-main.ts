// The least program that answers a pull request with a check: a bare Probot handler with one read and one write.
import { Probot, ProbotOctokit, Server } from 'probot';
import { pino } from 'pino';

const { APP_ID = '', PRIVATE_KEY = '', WEBHOOK_SECRET = '', GITHUB_API_URL = '' } = process.env;
const port = Number(process.env.PORT);
const log = pino({ level: 'warn' });

// Probot's throttle delays each write by a second. Daypass does not use it, so the floor does not either.
const Octokit = ProbotOctokit.defaults((options: { throttle?: object }) => ({
  ...options,
  throttle: { ...options.throttle, enabled: false },
}));

const server = new Server({
  port,
  host: '127.0.0.1',
  log,
  Probot: Probot.defaults({
    appId: APP_ID,
    privateKey: PRIVATE_KEY,
    secret: WEBHOOK_SECRET,
    baseUrl: GITHUB_API_URL,
    Octokit,
    log,
  }),
});
await server.load((app) => {
  app.on(['pull_request.opened', 'pull_request_review.submitted'], async ({ octokit, payload }) => {
    const here = { owner: payload.repository.owner.login, repo: payload.repository.name };
    const { data } = await octokit.rest.pulls.get({
      ...here,
      pull_number: payload.pull_request.number,
    });
    await octokit.rest.checks.create({
      ...here,
      name: 'floor',
      head_sha: data.head.sha,
      status: 'completed',
      conclusion: 'success',
      output: { title: data.title, summary: 'A bare handler has seen it.' },
    });
  });
});
await server.start();
console.log(JSON.stringify({ ready: port }));
