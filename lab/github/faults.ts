import { z } from 'zod';

/** The body of `POST /_stand-in/faults`. */
export const faultSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      /** A route's template; the names in its braces make no difference. */
      route: z.string().optional(),
      /** 1 is the first matching call from now on. */
      nth: z.number().int().positive().optional(),
    })
    .default({}),
  do: z.strictObject({
    status: z.number().int().min(200).max(599).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
    delay_ms: z.number().int().min(0).max(600_000).optional(),
    /** Close the connection without an answer. */
    drop: z.boolean().optional(),
    /** Carry the call out first, then answer (or drop) as requested, like a lost answer. */
    after: z.boolean().optional(),
  }),
  /** How many matching calls get it. */
  times: z.number().int().positive().default(1),
});

export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;

export interface Faults {
  add(fault: Fault): void;
  /** The faults that are not used up, with how many calls matched so far. */
  list(): readonly (Fault & { readonly seen: number })[];
  clear(): void;
  /** The fault for this call, which counts it. */
  meet(method: string, route: string): Fault['do'] | null;
}

const plain = (route: string) => route.replace(/\{[^}]*\}|:[a-z_]+/g, '{}');

export function keepFaults(): Faults {
  let faults: (Fault & { seen: number })[] = [];
  const matches = ({ match }: Fault, method: string, route: string) =>
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.route === undefined || plain(match.route) === plain(route));
  return {
    add: (fault) => void faults.push({ ...fault, seen: 0 }),
    list: () => faults,
    clear: () => void (faults = []),
    meet(method, route) {
      let met: Fault['do'] | null = null;
      for (const fault of faults) {
        if (!matches(fault, method, route)) continue;
        fault.seen += 1;
        if (fault.seen >= (fault.match.nth ?? 1)) met ??= fault.do;
      }
      faults = faults.filter(({ seen, match, times }) => seen < (match.nth ?? 1) + times - 1);
      return met;
    },
  };
}
