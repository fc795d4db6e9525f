/** The inputs of `createCheckRun` and `updateCheckRun`, as far as the stand-in supports them. */
export interface CheckRunInput {
  readonly clientMutationId?: string | null;
  readonly repositoryId: string;
  readonly name?: string | null;
  readonly headSha?: string | null;
  readonly checkRunId?: string | null;
  readonly status?: string | null;
  readonly conclusion?: string | null;
  readonly detailsUrl?: string | null;
  readonly externalId?: string | null;
  readonly startedAt?: string | null;
  readonly completedAt?: string | null;
  readonly output?: {
    readonly title: string;
    readonly summary: string;
    readonly text?: string | null;
    readonly annotations?: readonly AnnotationInput[] | null;
  } | null;
}

interface AnnotationInput {
  readonly path: string;
  readonly annotationLevel: string;
  readonly message: string;
  readonly title?: string | null;
  readonly rawDetails?: string | null;
  readonly location: {
    readonly startLine: number;
    readonly endLine: number;
    readonly startColumn?: number | null;
    readonly endColumn?: number | null;
  };
}

const annotationBody = ({ location, ...annotation }: AnnotationInput) => ({
  path: annotation.path,
  annotation_level: annotation.annotationLevel.toLowerCase(),
  message: annotation.message,
  title: annotation.title,
  raw_details: annotation.rawDetails,
  start_line: location.startLine,
  end_line: location.endLine,
  start_column: location.startColumn,
  end_column: location.endColumn,
});

/** The same as the body of the REST call; null means that it was not given. */
export function checkRunBody(input: CheckRunInput): Readonly<Record<string, unknown>> {
  const { output } = input;
  const body = {
    name: input.name,
    head_sha: input.headSha,
    status: input.status?.toLowerCase(),
    conclusion: input.conclusion?.toLowerCase(),
    details_url: input.detailsUrl,
    external_id: input.externalId,
    started_at: input.startedAt,
    completed_at: input.completedAt,
    output: output && {
      title: output.title,
      summary: output.summary,
      text: output.text,
      annotations: (output.annotations ?? []).map(annotationBody),
    },
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
