import { isIP } from 'node:net';
import { checkServerIdentity, TLSSocket, type ConnectionOptions } from 'node:tls';
import type { Secured } from '../core/reading/secured.js';

/** Addresses of the machine itself (RFC 6761, RFC 1122), and paths of sockets. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|\/.*)$/;

/**
 * How a connected socket is secured. `host` is what was asked for, `options` those of the client's TLS. Verified is what
 * would have failed otherwise: a client that looks at no certificate is not, even if this one is right.
 */
export function securedBy(
  stream: unknown,
  host: string,
  options: Readonly<Pick<ConnectionOptions, 'rejectUnauthorized' | 'checkServerIdentity'>>,
): Exclude<Secured, 'proxied'> {
  if (!(stream instanceof TLSSocket)) return LOCAL.test(host) ? 'local' : 'open';
  const checks = (options.rejectUnauthorized ?? true) && options.checkServerIdentity === undefined;
  if (!checks || !stream.authorized) return 'unverified';
  // A client may take an address for another name, so the name is compared here.
  const name = isIP(host) === 0 ? host : host.replace(/^\[|\]$/g, '');
  return checkServerIdentity(name, stream.getPeerCertificate()) ? 'unverified' : 'verified';
}
