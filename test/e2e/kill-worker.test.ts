import { workerIsKilledActivating } from './kill/activating.js';
import { workerIsKilledEnding } from './kill/ending.js';
import { workerIsKilledJudging } from './kill/judging.js';
import { killAndHeal } from './kill/kill-and-heal.js';

killAndHeal('the worker', workerIsKilledJudging, workerIsKilledActivating, workerIsKilledEnding);
