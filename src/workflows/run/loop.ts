/** Something that is done again and again, one run at a time. */
export interface Loop {
  /** Runs it now, or once more after the current run. */
  wake(): void;
  /** Resolves when the current run has ended; no further run begins. */
  stop(): Promise<void>;
}

/** Runs `once`, which does not throw, whenever it is woken and at least every `poll_ms`. */
export function loop(once: () => Promise<void>, poll_ms: number): Loop {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  const wake = () => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = once().finally(() => {
      running = null;
      if (!again) return;
      again = false;
      wake();
    });
  };
  const polling = setInterval(wake, poll_ms);
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearInterval(polling);
      await running;
    },
  };
}
