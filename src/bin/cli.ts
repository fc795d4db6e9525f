#!/usr/bin/env node
import { run } from './commands/program.js';
import { ownTerminal } from './terminal.js';

process.exitCode = await run(process.argv.slice(2), ownTerminal(), process.env, process.cwd());
