/** Something that is done again and again, one at a time. */
export interface Lane {
  /** Does it now, or once more after what is under way. */
  look(): void;
  /** Ends after what is under way. */
  stop(): Promise<void>;
}

/** Runs `once`, which does not throw, whenever it is asked to and at least every `look_ms`. */
export function lane(once: () => Promise<void>, look_ms: number): Lane {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  const look = () => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = once().finally(() => {
      running = null;
      if (!again) return;
      again = false;
      look();
    });
  };
  const looking = setInterval(look, look_ms);
  return {
    look,
    stop: async () => {
      stopped = true;
      clearInterval(looking);
      await running;
    },
  };
}
