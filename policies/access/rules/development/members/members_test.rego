package access_test.development.members

import data.access.rules.development.members
import data.access_test.facts

outsider := object.union(facts.added("development"), {"subject": {"member": false}})

test_members_need_no_review if {
	count(members.approve) == 1 with input as facts.added("development")
	count(members.deny) == 0 with input as facts.added("development")
}

test_non_members_are_denied if {
	count(members.approve) == 0 with input as outsider
	count(members.deny) == 1 with input as outsider
}

test_unknown_membership_is_denied if {
	count(members.deny) == 1 with input as object.remove(facts.added("development"), ["subject"])
}

test_the_rule_does_not_apply_to_less_access if {
	count(members.approve) == 0 with input as facts.withdrawn
	count(members.deny) == 0 with input as facts.withdrawn
}
