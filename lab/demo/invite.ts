import { ACCESS_REPOSITORY, PEOPLE } from '../acme/acme.js';
import type { Stage } from './stage.js';

/** Says how to look around. */
export function invite(stage: Stage, out: (line: string) => void): void {
  const daypass = `node --env-file=${stage.settings} dist/bin/cli.js`;
  out(`  ${daypass} doctor   (then grants, audit log, --help)`);
  const api = `curl -s -H 'authorization: token tok_alice' ${stage.github}`;
  out(`  ${api}'/repos/${ACCESS_REPOSITORY}/pulls?state=all'`);
  out(
    `  ${api}/repos/${ACCESS_REPOSITORY}/pulls -d '{"title":"…","head":"a-branch","base":"main"}'`,
  );
  out(
    `  git clone ${stage.github.replace('http://', 'http://alice:tok_alice@')}/${ACCESS_REPOSITORY}.git`,
  );
  out(`  curl -X PUT ${stage.github}/_stand-in/clock -d '{"advance":"PT1H"}'`);
  out(`  psql '${stage.orders.url}'   (the target, as Daypass)`);
  out(`  psql '${stage.ledger}'   (SELECT * FROM daypass.entries)`);
  out(
    `  Tokens: ${Object.keys(PEOPLE)
      .map((name) => `tok_${name}`)
      .join(' ')}`,
  );
}
