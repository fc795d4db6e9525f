// The least program that answers a question in JSON: it reads the body whole, parses it, and says yes.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { subject } = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify({
      decision: true,
      context: { reason: 'allowed', who: subject.id },
    });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true }));
});
