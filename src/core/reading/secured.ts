/**
 * How a connection is secured: `verified` is encrypted, with the server's certificate and host name checked each time;
 * `unverified` is encrypted to whoever answers; `proxied` ends at a proxy, from which on it is open; `local` never
 * leaves the machine.
 */
export type Secured = 'verified' | 'unverified' | 'proxied' | 'open' | 'local';
