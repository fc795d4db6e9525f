/**
 * Runs two sides alternately, A B A B …, so that other load on the machine affects both alike. Each side answers
 * its measurement; the rounds of the warm-up are dropped.
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

/** The rate per second of `work`, which does something `times` times. */
export async function perSecond(times: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (1000 * times) / (performance.now() - started);
}

/** Calls `act` that many times, with `at_once` of them in flight. */
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
