export { ownFolder, startOwnDatabase } from '../adapters/postgres/embedded/own-database.js';
