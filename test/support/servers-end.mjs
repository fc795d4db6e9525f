/** After the last test: ends what servers.mjs lent, and what nobody ended. */
export default () => globalThis.endServers();
