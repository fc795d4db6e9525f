/** The token of the enforcement point `orders-api`, which its operator gives it and Daypass. */
export const ENFORCER_TOKEN = 'a-token-of-the-enforcement-point-orders-api';

/** A service of orders that asks Daypass about each thing that somebody wants to do, and who may ask about it. */
export const ORDERS_API_FILES: Readonly<Record<string, string>> = {
  'policies/catalog/orders-api.yaml': `provider: guarded
type: service
owners: [payments]
roles:
  operator:
    actions: [logs, restart]
environments: { staging: {} }
`,
  'policies/enforcement.yaml': `points:
  orders-api:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [staging] }]
    environment: staging
    subject: person
    credential: token
`,
};

const asPoint = { authorization: `Bearer ${ENFORCER_TOKEN}`, 'content-type': 'application/json' };

/** The question of the enforcement point, as AuthZEN has it. */
export const useOf = (subject: string, action: string) => ({
  subject: { type: 'user', id: subject },
  action: { name: action },
  resource: { type: 'service', id: 'orders-api' },
});

/** What Daypass answered. */
export interface AnswerAtUse {
  readonly decision: boolean;
  readonly context: {
    readonly reason: string;
    readonly reason_user: string;
    readonly evaluation_id: string;
    readonly ask_for?: { readonly command: string; readonly link?: string };
    readonly access_request?: { readonly endpoint: string; readonly expires_at: string };
  };
}

/** Asks a decision process, as the service would, whether somebody may do something with it. */
export async function askAtUse(
  pdp_url: string,
  subject: string,
  action: string,
): Promise<AnswerAtUse> {
  const answer = await fetch(`${pdp_url}/access/v1/evaluation`, {
    method: 'POST',
    headers: asPoint,
    body: JSON.stringify(useOf(subject, action)),
  });
  const body = (await answer.json()) as AnswerAtUse;
  if (!answer.ok) throw new Error(`${String(answer.status)}: ${JSON.stringify(body)}`);
  return body;
}

/** A request for access, or the task that it is. */
export interface AnsweredTask {
  readonly status: number;
  readonly body: {
    readonly task: {
      readonly id: string;
      readonly status: string;
      readonly status_endpoint: string;
      readonly display?: { readonly description: string };
      readonly links?: { readonly review: string };
    };
    readonly result?: unknown;
  };
}

/** Asks for the access that a denied use lacked, as the enforcement point would. */
export async function requestAtUse(
  pdp_url: string,
  { context }: AnswerAtUse,
  said: object,
): Promise<AnsweredTask> {
  const { evaluation_id, access_request } = context;
  const denial = { evaluation_id, expires_at: access_request?.expires_at };
  const answer = await fetch(`${pdp_url}/access/v1/requests`, {
    method: 'POST',
    headers: asPoint,
    body: JSON.stringify({ denial, ...said }),
  });
  return { status: answer.status, body: (await answer.json()) as AnsweredTask['body'] };
}

/** How far a request is. */
export async function taskAtUse(pdp_url: string, id: string): Promise<AnsweredTask> {
  const answer = await fetch(`${pdp_url}/access/v1/requests/${id}`, { headers: asPoint });
  return { status: answer.status, body: (await answer.json()) as AnsweredTask['body'] };
}

/** The file that a link to GitHub's editor fills in, with a reason written into it. */
export function fileOfLink(
  link: string,
  reason: string,
): { readonly path: string; readonly content: string } {
  const { searchParams } = new URL(link);
  const content = (searchParams.get('value') ?? '').replace(/^reason:.*$/m, `reason: ${reason}`);
  return { path: searchParams.get('filename') ?? '', content };
}
