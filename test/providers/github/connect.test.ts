import { expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { connectAsTarget } from '../../../src/providers/github/connect.js';

/** A GitHub that only answers for the App's installation, and never gives it a token. */
async function silent() {
  const server = createServer((request, response) => {
    if (!request.url?.endsWith('/installation')) return;
    response.setHeader('content-type', 'application/json');
    const account = { id: 1, login: 'acme' };
    response.end(JSON.stringify({ id: 7, app_slug: 'targets', account }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${String(port)}/orgs/acme` };
}

test('invariant 18: a token that never arrives does not block calls for ever', async () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const { server, url } = await silent();
  const app = {
    id: 5,
    private_key: privateKey,
    protects: async () => ({ repository_id: 1, repository: 'acme/access' }),
    refusesTeam: async () => null,
  };
  const github = connectAsTarget({ url, forbidden: [], app }, { deadline_ms: 250 });
  try {
    await expect(
      github.call('GET /orgs/{org}', { org: 'acme' }, z.unknown()),
    ).rejects.toMatchObject({
      name: 'TargetFault',
      message: 'GitHub could not be reached',
      lasting: false,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
