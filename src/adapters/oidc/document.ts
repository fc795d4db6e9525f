import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { within } from '../../clients/deadline.js';

/** An answer is waited for so long, and read up to so much. */
const DEADLINE_MS = 5_000;
const MOST_BYTES = 256 * 1024;

/** Reads a JSON document over https. Redirects are not followed: nobody named their target. */
export function readDocument(url: URL): Promise<unknown> {
  return within(DEADLINE_MS, async (signal) => {
    const headers = { accept: 'application/json', 'user-agent': 'daypass' };
    const request = get(url, { signal, headers });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    // From here on the answer has the error.
    request.on('error', () => undefined);
    if (answer.statusCode !== 200) {
      answer.destroy();
      throw new Error(`the status is ${answer.statusCode ?? 0}`);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_BYTES) throw new Error(`the answer has more than ${MOST_BYTES} bytes`);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  });
}
