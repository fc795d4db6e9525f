/** The only folders of an access repository that Daypass reads. */
export const GRANTS = 'access-grants';
export const POLICIES = 'policies';
export const FOLDERS: readonly string[] = [GRANTS, POLICIES];
