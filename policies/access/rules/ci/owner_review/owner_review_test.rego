package access_test.ci.owner_review

import data.access.rules.ci.owner_review
import data.access_test.facts

owned_by(teams) := object.union(facts.added("ci"), {"resource": {"owners": teams}})

test_one_of_the_owners_has_to_approve if {
	answer := owner_review.require with input as owned_by(["payments", "billing"])
	{[requirement.any_of, requirement.count] | some requirement in answer} == {[
		{"teams": ["payments", "billing"], "users": []},
		1,
	]}
}

test_a_resource_without_owners_is_denied if {
	every request in [owned_by([]), object.remove(owned_by([]), ["resource"])] {
		count(owner_review.deny) == 1 with input as request
		count(owner_review.require) == 0 with input as request
	}
}

test_the_rule_does_not_apply_to_less_access if {
	count(owner_review.deny) == 0 with input as facts.withdrawn
	count(owner_review.require) == 0 with input as facts.withdrawn
}
