/** Where each endpoint is: the default paths of the standard, which callers use that read no metadata. */
export const PATHS = {
  evaluation: '/access/v1/evaluation',
  evaluations: '/access/v1/evaluations',
  subject: '/access/v1/search/subject',
  resource: '/access/v1/search/resource',
  action: '/access/v1/search/action',
  requests: '/access/v1/requests',
} as const;
