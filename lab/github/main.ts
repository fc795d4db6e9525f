import { parseArgs } from 'node:util';
import { readSeed } from './seed.js';
import { startGitHub } from './start.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    port: { type: 'string', default: '0' },
    data: { type: 'string' },
  },
});

if (values.seed === undefined || !/^\d{1,5}$/.test(values.port)) {
  process.stderr.write('usage: main.ts --seed FILE [--port N] [--data DIR]\n');
  process.exit(2);
}

const running = await startGitHub(readSeed(values.seed), {
  port: Number(values.port),
  // The program that started this reads `/_stand-in/unknown`.
  forgiving: true,
  ...(values.data === undefined ? {} : { data: values.data }),
});
process.stdout.write(`${JSON.stringify({ url: running.url })}\n`);

let closing = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (closing) return;
    closing = true;
    void running.close().then(() => process.exit(0));
  });
