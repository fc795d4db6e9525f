import { timestamp } from '../clock.js';
import { byId, fullName } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Annotation, CheckRun } from '../state.js';
import type { Page } from './connection.js';
import { connection } from './connection.js';
import type { Field, Fields, Graph } from './graph.js';

const when = (at: Date | null): string | null => at && timestamp(at);

const annotationFields = (graph: Graph, run: CheckRun, annotation: Annotation): Fields => {
  const repo = byId(graph.github.state.repos, run.repo_id);
  const place = `${fullName(graph.github.state, repo)}/blob/${run.head_sha}/${annotation.path}`;
  return {
    __typename: 'CheckAnnotation',
    path: annotation.path,
    message: annotation.message,
    title: annotation.title,
    rawDetails: annotation.raw_details,
    annotationLevel: annotation.annotation_level.toUpperCase(),
    blobUrl: `${graph.github.state.url}/${place}`,
    location: {
      start: { line: annotation.start_line, column: annotation.start_column },
      end: { line: annotation.end_line, column: annotation.end_column },
    },
  };
};

/** A check run. The caller of this function has made sure that checks may be read. */
export function checkRunFields(graph: Graph, run: CheckRun): Fields {
  const { state } = graph.github;
  const repo = byId(state.repos, run.repo_id);
  const path = `/${fullName(state, repo)}/runs/${run.id}`;
  const annotations: Field<Page> = (page, info) =>
    connection(page, info, {
      all: run.annotations,
      node: (annotation) => annotationFields(graph, run, annotation),
    });
  return {
    __typename: 'CheckRun',
    id: nodeId('CheckRun', run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    externalId: run.external_id,
    detailsUrl: run.details_url,
    startedAt: when(run.started_at),
    completedAt: when(run.completed_at),
    title: run.output.title,
    summary: run.output.summary,
    text: run.output.text,
    url: `${state.url}${path}`,
    permalink: `${state.url}${path}`,
    resourcePath: path,
    repository: () => graph.repository(repo),
    annotations,
  };
}
