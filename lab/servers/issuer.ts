import { readFileSync } from 'node:fs';
import { createServer, globalAgent, type Server } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';

const fixed = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');

/** An issuer of tokens with keys of its own, over https at localhost. */
export interface Issuer {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** What it answers instead, by path. */
  readonly instead: Record<string, string>;
  /** Signs with its newest key; claims and header beside the usual ones. Undefined takes one away. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header?: Partial<JWTHeaderParameters>,
  ): Promise<string>;
  /** Its newest public key, as PEM. */
  publicKey(): Promise<string>;
  /** Signs with another key from now on, and forgets the one before. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

/** Its certificate is trusted by this process until it is closed. `path` is that of its URL; `now` the moment it signs at. */
export async function startIssuer(path: string, now: () => Date): Promise<Issuer> {
  const asked: string[] = [];
  const instead: Record<string, string> = {};
  let made = 0;
  const newKey = async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwk: JWK = { ...(await exportJWK(pair.publicKey)), use: 'sig', alg: 'ES256' };
    made += 1;
    return { ...pair, jwk: { ...jwk, kid: `key-${made}` } };
  };
  let key = await newKey();
  const server: Server = createServer(
    { key: fixed('server.key'), cert: fixed('server.crt') },
    (request, response) => {
      const asked_for = request.url ?? '';
      asked.push(asked_for);
      const documents: Readonly<Record<string, string>> = {
        [`${path}/.well-known/openid-configuration`]: JSON.stringify({
          ...{ issuer: url, jwks_uri: `${url}/jwks` },
        }),
        [`${path}/jwks`]: JSON.stringify({ keys: [key.jwk] }),
        ...instead,
      };
      const found = documents[asked_for];
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(found);
    },
  );
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const url = `https://localhost:${String((server.address() as AddressInfo).port)}${path}`;
  const { ca } = globalAgent.options;
  globalAgent.options.ca = fixed('ca.crt');
  return {
    ...{ url, asked, instead },
    sign: (claims, header = {}) => {
      const at = Math.floor(now().getTime() / 1000);
      const usual = { iss: url, sub: 'a job', iat: at, exp: at + 300 };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: key.jwk.kid, ...header })
        .sign(key.privateKey);
    },
    publicKey: () => exportSPKI(key.publicKey),
    rotate: async () => {
      key = await newKey();
    },
    close: async () => {
      globalAgent.options.ca = ca;
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
