/**
 * Every code that a reason can have, with what it means (docs/reasons.md says what to do about it). A released code
 * keeps its meaning for ever: add codes, never change what one means.
 */
export const REASONS = {
  // What the rules of the policy say.
  policy_denied: 'A rule of the policy denies it.',
  asked: 'A rule asks for approvals.',
  warned: 'A rule warns reviewers.',
  approved_by_rule: 'A rule approves it without review.',

  // What Daypass itself denies.
  engine_fault: 'The policy did not answer, or answered something that cannot be used.',
  policy_not_asked: 'The policy was not asked.',
  no_rule_spoke: 'No rule denies, asks for approvals or approves.',
  end_in_past: 'The window has ended already.',
  end_before_start: 'The window ends before it starts.',
  start_too_far_ahead: 'The window starts further ahead than the settings allow.',
  too_long: 'The window is longer than 366 days as a whole.',
  power_over_daypass: 'It would give power over Daypass itself.',
  power_unknown: 'Whether it would give power over Daypass could not be determined.',
  cannot_show_all: 'One check cannot show all of it.',
  policies_and_grants_together: 'One pull request changes both grants and policies.',
  policy_has_problems: 'The new `policies/` does not load, or its tests fail.',
  policy_missing: 'There would be no `policies/` folder.',
  team_not_declared: 'A rule asks a team that neither the settings nor the catalog names.',
  user_not_declared: 'A rule asks a person whose id the settings do not have.',
  approver_changed: 'Another team or account has the name of an approver now.',
  unknown_team: 'A rule asks a team that GitHub does not know.',
  unknown_user: 'A rule asks an account that GitHub does not know.',
  wrong_count: 'A rule asks for a number of approvals that makes no sense.',
  too_few_people: 'Fewer people can approve than are needed.',

  // Why a pull request could not be judged at all.
  first_start_pending: 'Daypass has not started on this repository yet.',
  no_policy_in_force: 'No policy is in force yet.',
  same_head:
    'Several open pull requests have the same head commit, which gives somebody something.',
  over_limits: 'It is larger than what Daypass reads at once.',
  unreadable: 'GitHub or git could not be read.',

  // Why an approval does not count.
  contributors_unknown: 'Somebody contributed who cannot be identified.',
  approver_gone: 'The account that approved is gone.',
  approver_asked_for_changes: 'The same person asked for changes later.',
  approver_dismissed: 'A later review by the same person was dismissed.',
  approver_not_a_person: 'The approval is by a bot or another account that is not a person.',
  approver_is_requester: 'The approver opened the pull request.',
  approver_is_subject: 'The approver would get the access.',
  approver_contributed: 'The approver contributed to the branch.',
  approver_excluded: 'The rule that asks excludes the approver.',
  approver_by_grant: 'The approver is in the team only by a grant of Daypass.',
  approver_not_asked: 'The approver is not among those who are asked.',
  approval_not_recorded: 'Daypass has not recorded yet what was approved.',
  approval_unreadable: 'What was approved cannot be read.',
  approval_reworded: 'The reason or the ticket was reworded since the approval.',
  approval_of_others:
    'The policy names approvers who were others, or nobody, when it was approved.',
  approval_outdated: 'Something else was approved: what the change does is different now.',

  // Why what was merged gives nothing, and why a grant was refused, lapsed or ended early.
  no_pull_request: 'It landed without a pull request.',
  consent_missing:
    'Others ask for the access or wrote in the pull request, and its subject has not agreed.',
  approvals_missing: 'Approvals that it needs were missing, or no longer count.',
  effect_changed: 'It would give something else than what was approved.',
  file_no_longer_asks: "The grant's file was removed, or asks for something else.",
  revoked: 'An operator ended the grant with `daypass revoke`.',
  subject_left: 'The person who has the access is no member of the organisation any more.',
  not_given: 'No step gave the grant.',
  not_activated_in_time: 'The grant could not be activated in time.',
  without_review_limit: 'There are as many grants that nobody reviewed as the settings allow.',
  extension_not_approved: 'An extension landed without being approved.',
  policy_out_of_force: 'A change of `policies/` landed and does not take effect.',
  departures_held: 'Too many people left the organisation at once.',
  endings_held: 'A step would end grants of too many people at once.',
  landed_before: 'The same commit landed before.',

  // Why activation is paused.
  source_changed:
    'The repository, its owner, the installation or the default branch is another one.',
  branch_rewritten: 'The default branch was rewritten.',

  // Why an attempt to start or end access failed.
  activation_paused: 'Activation is paused until an operator accepts the new baseline.',
  target_unreachable: 'The target could not be reached.',
  target_failed: 'The target did not do what was asked, for a reason that may pass.',
  target_refused: 'The target, or how it is set up, does not allow it.',
  target_replaced: 'The target is not the one on which access was given.',
  target_busy: 'Too many calls are waiting for the target.',
  slot_busy: 'Another worker is changing the same access.',
  rate_limited: 'GitHub asks Daypass to wait.',
  access_remains: 'The access is still there after it was taken away.',
  use_unconfirmed: 'A process that decides uses may still allow it.',
  access_missing: 'The target accepted the call, but the access is not there.',
  access_unexplained: 'The person already has access there that nothing explains.',
  invitation_open: 'The person has not accepted the invitation yet.',
  extended_meanwhile: 'The grant was extended while its end was under way.',
  internal_error: 'An unexpected error happened in Daypass.',

  // Whether a use is allowed.
  allowed_by_grant: 'A live grant allows the use.',
  no_grant: 'The person has no grant on that resource.',
  grant_pending: 'The grant is not active yet.',
  not_started: 'The grant starts later.',
  ended: 'The grant has ended.',
  other_environment: 'The grant is for another environment.',
  out_of_scope: 'The grant does not allow that action.',
  unknown_action: 'No role of the resource allows that action.',
  unreadable_act: 'What is to be done cannot be read with certainty.',
  not_current: 'The decision process cannot tell whether what it knows is current.',

  // What is wrong in a file.
  not_a_plain_file: 'It is not a plain file.',
  too_large: 'A file or a tree is too large.',
  not_utf8: 'A file is not UTF-8, or begins with a byte order mark.',
  not_yaml: 'A file is not YAML.',
  not_plain_yaml: 'A file uses YAML that is not allowed here.',
  missing_key: 'A key is missing.',
  unknown_key: 'A key is not allowed here.',
  repeated: 'Something is there twice that is allowed once.',
  wrong_value: 'A value is not one of those that are allowed.',
  not_a_duration: 'A value is not a duration.',
  not_a_timestamp: 'A value is not a timestamp.',
  two_ends: 'A grant file has both `duration` and `expires_at`.',
  wrong_path: 'A path or file name is not allowed.',
  name_collision: 'Two paths differ only in case or Unicode form.',
  changed_on_both_sides: 'The file was changed on the branch and on its base.',
  unknown_environment: 'The settings have no such environment.',
  target_elsewhere: 'A target is used in an environment that it does not belong to.',
  unknown_resource: 'The catalog has no such resource.',
  unknown_role: 'The resource has no such role.',
  unknown_provider: 'There is no such provider.',
  unknown_subject: 'There is no such person.',
  not_offered: 'The resource is not offered in this environment.',
  scope_not_enforced: 'Nothing would enforce the scope.',
  scope_not_allowed: 'The scope names an action that the role does not allow.',
  no_identity: 'The person has no identity at the provider.',
  identity_refused: 'The provider does not take the identity.',
  bare_login: 'A pattern for identities is the login and nothing else.',
  identity_taken: "The identity or id is another person's.",
  missing_file: 'A file is missing.',
  wrong_package: "A rule's package does not match its folder.",
  rules_do_not_compile: 'The rules do not compile.',
  opa_missing: 'OPA is missing here, or is another version.',
  trial_failed: 'The policy does not deny what every policy must deny.',
  rego_test_failed: 'A Rego test fails.',
  rego_tests_not_run: 'The Rego tests could not be run.',
  other_than_ascii: 'A line of Rego has characters other than ASCII.',
  wide_command: 'A command of the catalog may allow any other command.',
} as const satisfies Readonly<Record<string, string>>;

export type ReasonCode = keyof typeof REASONS;

/** The keys of a grant file. */
export const GRANT_KEYS = [
  'subject',
  'resource',
  'role',
  'duration',
  'expires_at',
  'starts_at',
  'reason',
  'ticket',
  'scope',
  'break_glass',
] as const;
export type GrantKey = (typeof GRANT_KEYS)[number];

/** Why something is denied, asked for, warned of, or does not count. */
export interface Reason {
  readonly code: ReasonCode;
  /** The key of the grant file that it is about. Whoever gives the reason sets it. */
  readonly key?: GrantKey;
  readonly message: string;
  /** The rule that gives it: one of the policy, or `core/…`. */
  readonly rule?: string;
}

/** Turns what rules say into reasons with one code. */
export function coded(code: ReasonCode, said: readonly Omit<Reason, 'code'>[]): readonly Reason[] {
  return said.map(({ rule, key, message }) => ({
    code,
    ...(rule !== undefined && { rule }),
    ...(key !== undefined && { key }),
    message,
  }));
}

/** A reason in words: `rule: message`. Ledger entries contain this form, so it must not change. */
export function reasonInWords({ rule, message }: Pick<Reason, 'rule' | 'message'>): string {
  return rule === undefined ? message : `${rule}: ${message}`;
}

/** The codes of the four sets of the policy. They say what a rule does, and nothing about why. */
const OF_SETS: readonly ReasonCode[] = ['policy_denied', 'asked', 'warned', 'approved_by_rule'];

/**
 * The name to show with a reason: the policy's rule; where Daypass itself gives the reason, its code, to look it up by,
 * or Daypass if the code is only that of a set.
 */
export function saidBy({ code, rule }: Pick<Reason, 'code' | 'rule'>): string {
  if (rule !== undefined && !rule.startsWith('core/')) return rule;
  return OF_SETS.includes(code) ? 'Daypass' : code;
}

/** A reason for people: `message (code)`, or with the rule of the policy that gives it. */
export function reasonWithName(reason: Reason): string {
  return `${reason.message} (${saidBy(reason)})`;
}

/** The reasons of an entry with the same in words; entries from before reasons had codes have only the words. */
export function withWords(reasons: readonly Reason[]): { why: string[]; reasons: Reason[] } {
  return { why: reasons.map(reasonInWords), reasons: [...reasons] };
}

/**
 * A type as ledger entries store it: entries from before reasons had codes lack every `code`, and decisions of the
 * first cores lack their `core` and `consent`.
 */
export type Recorded<T> = T extends readonly (infer Item)[]
  ? readonly Recorded<Item>[]
  : T extends object
    ? { readonly [K in keyof T as K extends Later ? never : K]: Recorded<T[K]> } & {
        readonly [K in keyof T as K extends Later ? K : never]?: T[K];
      }
    : T;
type Later = 'code' | 'core' | 'consent';
