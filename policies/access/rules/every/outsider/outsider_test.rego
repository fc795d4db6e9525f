package access_test.every.outsider

import data.access.rules.every.outsider
import data.access_test.facts

stranger := object.union(facts.added("production"), {"subject": {"member": false}})

test_reviewers_are_told_of_a_stranger if {
	count(outsider.warn) == 1 with input as stranger
}

test_and_of_somebody_who_cannot_be_told if {
	count(outsider.warn) == 1 with input as object.remove(facts.added("production"), ["subject"])
}

test_a_member_is_nothing_to_be_told if {
	count(outsider.warn) == 0 with input as facts.added("production")
}

test_nor_is_less_access if {
	count(outsider.warn) == 0 with input as object.union(facts.withdrawn, {"subject": {"member": false}})
}
