/** Waits until `probe` answers something, asking again each 50 ms; the last failure is told. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  within_ms = 60_000,
): Promise<T> {
  const deadline = performance.now() + within_ms;
  let last: unknown = null;
  while (performance.now() < deadline) {
    try {
      const found = await probe();
      if (found !== null && found !== undefined && found !== false) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${String(within_ms)} ms (last: ${String(last)})`);
}
