/**
 * Runs two sides in turn, A B A B …, so that what else the machine does falls on both alike; each answers its
 * measurement. The rounds of the warm-up are thrown away.
 */
export async function interleaved<T>(
  { rounds, warm_up = 1 }: { readonly rounds: number; readonly warm_up?: number },
  subject: () => Promise<T>,
  floor: () => Promise<T>,
): Promise<{ readonly subject: readonly T[]; readonly floor: readonly T[] }> {
  const measured: { subject: T[]; floor: T[] } = { subject: [], floor: [] };
  for (let round = 0; round < warm_up + rounds; round += 1) {
    measured.subject.push(await subject());
    measured.floor.push(await floor());
  }
  return { subject: measured.subject.slice(warm_up), floor: measured.floor.slice(warm_up) };
}

/** How often `work` was done in a second, by `times` of it. */
export async function perSecond(times: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (1000 * times) / (performance.now() - started);
}

/** Does `act` so many times, `at_once` of them in flight. */
export async function inFlight(
  { times, at_once }: { readonly times: number; readonly at_once: number },
  act: () => Promise<unknown>,
): Promise<void> {
  let begun = 0;
  const one = async () => {
    for (; begun < times;) {
      begun += 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: at_once }, one));
}
