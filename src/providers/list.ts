import type { Provider } from '../ports.js';
import { postgres } from './postgres.js';

/** Every provider, by the type that the catalog names. */
export const providers: Readonly<Record<string, Provider>> = { postgres };
