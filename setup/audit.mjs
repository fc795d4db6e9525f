// Asks the registry whether a dependency has a known vulnerability of severity high or critical. Exits with 1 if one
// has, and with 2 if the registry does not say.
import { isMain, run } from './run.mjs';

/**
 * Reads what `npm audit --json` wrote. Answers the exit code (0 none, 1 some, 2 could not tell) and what to print.
 */
export function readAudit(stdout) {
  const answer = asJson(stdout);
  const counts = answer?.metadata?.vulnerabilities;
  if (answer?.auditReportVersion !== 2 || !Number.isInteger(counts?.high + counts?.critical)) {
    const why = answer?.message ?? answer?.error?.summary ?? 'it gave no report';
    return { code: 2, said: `The registry does not say what is vulnerable: ${why}` };
  }
  const severe = Object.values(answer.vulnerabilities)
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity, range }) => `  ${name} ${range}: ${severity}`);
  const total = counts.total ?? 0;
  if (severe.length === 0 && counts.high + counts.critical === 0) {
    return { code: 0, said: `No vulnerability of severity high or critical; ${total} in all.` };
  }
  return { code: 1, said: ['Vulnerable dependencies:', ...severe, 'See npm audit.'].join('\n') };
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

if (isMain(import.meta.url)) {
  const { stdout } = await run('npm', ['audit', '--json', '--audit-level=high'], { capture: true });
  const { code, said } = readAudit(stdout);
  console.log(said);
  process.exitCode = code;
}
