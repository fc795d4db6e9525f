const SHOWN = 10;

/** Tells at the end of a run of many files which of them took longest. */
export default class {
  onRunComplete(_, { testResults }) {
    if (testResults.length <= SHOWN) return;
    const slowest = testResults
      .map(({ perfStats, testFilePath }) => ({ ms: perfStats.runtime, path: testFilePath }))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SHOWN);
    const lines = slowest.map(
      ({ ms, path }) =>
        `${(ms / 1000).toFixed(1).padStart(7)} s  ${path.slice(process.cwd().length + 1)}`,
    );
    const all = testResults.reduce((sum, { perfStats }) => sum + perfStats.runtime, 0);
    process.stderr.write(
      `\nThe ${SHOWN} slowest of ${testResults.length} files, which took ${Math.round(all / 1000)} s in all:\n${lines.join('\n')}\n`,
    );
  }
}
