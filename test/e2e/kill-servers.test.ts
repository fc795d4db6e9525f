import { killAndHeal } from './kill/kill-and-heal.js';
import { ledgerIsKilled } from './kill/ledger.js';
import { webIsKilled } from './kill/web.js';

killAndHeal('web and of the ledger’s PostgreSQL', webIsKilled, ledgerIsKilled);
