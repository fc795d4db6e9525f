import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** One name of a certificate as Node writes them: with a value in quotes where it has anything that could mislead. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/**
 * The URIs among the names of a certificate, from its `subjectAltName` as Node writes it. A value in quotes has commas,
 * quotes or controls, which no name of an enforcement point has: it is no URI here. Nothing is believed of a text that is
 * not read to its end.
 */
export function urisIn(subjectAltName: string): readonly string[] {
  const uris: string[] = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < subjectAltName.length) {
    const [whole, label = '', value = ''] = NAME.exec(subjectAltName) ?? [];
    if (whole === undefined) return [];
    if (label === 'URI' && !value.startsWith('"')) uris.push(value);
  }
  return uris;
}

/**
 * The URIs that a connection has proved by its client certificate: one that the authority of the server signed, and that
 * holds now. A session that is taken up again keeps its certificate, and TLS does not look at its end again.
 */
export function provedUris(socket: Socket, now: Date): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return [];
  const [from, to] = [certificate.validFrom, certificate.validTo].map((text) => Date.parse(text));
  const holds = from !== undefined && to !== undefined && from <= +now && +now <= to;
  return holds ? urisIn(certificate.subjectAltName ?? '') : [];
}
