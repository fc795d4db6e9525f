import { z } from 'zod';
import type { CheckReport, Reports, Reviewers } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import { checkAndRequest } from './reports-graphql.js';
import type { CheckOutput } from './reports-graphql.js';
import type { Client } from '../../clients/github/app.js';
import { listPages } from '../../clients/github/lists.js';
import { statusOf } from '../../clients/github/requests.js';

/** GitHub's limits: a summary and a comment's body, in characters; annotations in one request. */
const MAX_TEXT = 65_535;
const MAX_ANNOTATIONS = 50;
const CUT = '\n\n_Cut here: GitHub shows no more._\n';
/** The marker that finds a comment of ours again if its id was lost. */
const MARK = '<!-- daypass -->';
const REFUSED = 'GitHub refused to request the reviewers';

/** Cuts a text at the end of a line (or of a character) to `max` characters, saying so. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = text.slice(0, max - CUT.length);
  const line = room.lastIndexOf('\n');
  return `${line > 0 ? room.slice(0, line) : room.replace(/[\ud800-\udbff]$/, '')}${CUT}`;
}

const idAnswer = z.object({ id: z.number().int().positive() });
const comments = z.array(
  z.object({
    id: z.number().int(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullable(),
  }),
);

function checkOutput(report: CheckReport): CheckOutput {
  return {
    title: cutText(report.title, 255),
    summary: cutText(report.summary, MAX_TEXT),
    annotations: report.annotations.slice(0, MAX_ANNOTATIONS).map((one) => ({
      path: one.path,
      start_line: one.line,
      end_line: one.line,
      annotation_level: one.level ?? 'failure',
      message: one.message,
    })),
  };
}

/** The port `Reports`: one write for each call. */
export function createReports(client: Client, access: AccessRepository): Reports {
  const { octokit } = client;
  const here = async () => {
    const { owner, name } = await access.identity();
    return { owner, repo: name };
  };

  async function findComment(number: number): Promise<number | null> {
    const { bot } = await client.installation();
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    for await (const data of listPages(client, route, {
      ...(await here()),
      issue_number: number,
    })) {
      const ours = comments
        .parse(data)
        .find((comment) => comment.user?.login === bot && comment.body?.startsWith(MARK));
      if (ours) return ours.id;
    }
    return null;
  }

  async function update(comment_id: number, body: string): Promise<boolean> {
    try {
      await octokit.rest.issues.updateComment({ ...(await here()), comment_id, body });
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  async function request({ number, teams, users }: Reviewers): Promise<string | null> {
    try {
      await octokit.rest.pulls.requestReviewers({
        ...(await here()),
        pull_number: number,
        reviewers: [...users],
        team_reviewers: [...teams],
      });
      return null;
    } catch (error) {
      const status = statusOf(error);
      if (status !== 422 && status !== 403) throw error;
      return String(error).slice(0, 200);
    }
  }

  return {
    async check(report, reviewers) {
      const output = checkOutput(report);
      const told = (refused: string | null) => refused && `${REFUSED}: ${refused}`;
      const both = reviewers && (await checkAndRequest(client, access, report, output, reviewers));
      if (both) return told(both.refused);
      await octokit.rest.checks.create({
        ...(await here()),
        name: 'daypass',
        head_sha: report.head_sha,
        status: 'completed',
        conclusion: report.conclusion,
        output,
      });
      return told(reviewers && (await request(reviewers)));
    },
    async comment(number, known, text) {
      const body = cutText(`${MARK}\n${text}`, MAX_TEXT);
      const id = known ?? (await findComment(number));
      if (id !== null && (await update(id, body))) return id;
      const { data } = await octokit.rest.issues.createComment({
        ...(await here()),
        issue_number: number,
        body,
      });
      return idAnswer.parse(data).id;
    },
  };
}
