import { Gauge } from 'prom-client';
import type { Targets } from '../ports.js';
import type { Reading } from './readings.js';

/** Whether a session is kept at each target with live grants. */
export function readTargets(targets: Pick<Targets, 'kept'>): Reading {
  return (into) => {
    const gauge = new Gauge({
      name: 'daypass_target_session_kept',
      help: '1 if a session is kept at this target for the ends of its live grants, 0 if none could be',
      labelNames: ['target'],
      registers: [into],
    });
    for (const { target, fault } of targets.kept()) gauge.set({ target }, fault === null ? 1 : 0);
    return Promise.resolve();
  };
}
