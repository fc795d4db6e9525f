import type { Need } from '../access.js';

/** What reading each thing of a repository needs, the same as in REST. */
export const CONTENTS: Need = { app: [['contents', 'read']], person: 'read' };
export const PULL_REQUESTS: Need = { app: [['pull_requests', 'read']], person: 'read' };
export const CHECKS: Need = { app: [['checks', 'read']], person: 'read' };
