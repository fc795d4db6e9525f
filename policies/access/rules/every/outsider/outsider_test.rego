package access_test.every.outsider

import data.access.rules.every.outsider
import data.access_test.facts

stranger := object.union(facts.added("production"), {"subject": {"member": false}})

test_reviewers_are_warned_of_a_non_member if {
	count(outsider.warn) == 1 with input as stranger
}

test_reviewers_are_warned_if_the_subject_is_unknown if {
	count(outsider.warn) == 1 with input as object.remove(facts.added("production"), ["subject"])
}

test_there_is_no_warning_for_a_member if {
	count(outsider.warn) == 0 with input as facts.added("production")
}

test_there_is_no_warning_for_less_access if {
	count(outsider.warn) == 0 with input as object.union(facts.withdrawn, {"subject": {"member": false}})
}
