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

/** What Daypass answered. */
export interface AnswerAtUse {
  readonly decision: boolean;
  readonly context: {
    readonly reason: string;
    readonly reason_user: string;
    readonly ask_for?: { readonly command: string; readonly link?: string };
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
    headers: { authorization: `Bearer ${ENFORCER_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      subject: { type: 'user', id: subject },
      action: { name: action },
      resource: { type: 'service', id: 'orders-api' },
    }),
  });
  const body = (await answer.json()) as AnswerAtUse;
  if (!answer.ok) throw new Error(`${String(answer.status)}: ${JSON.stringify(body)}`);
  return body;
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
