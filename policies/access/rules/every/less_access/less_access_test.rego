package access_test.every.less_access

import data.access.rules.every.less_access
import data.access_test.facts

approvals(request) := {reason.message | some reason in less_access.approve with input as request}

requirements(request) := {requirement | some requirement in less_access.require with input as request}

asked_by(requester) := object.union(facts.withdrawn, {"requester": requester})

stranger := facts.withdrawn_by_stranger

test_the_subject_needs_no_approval if approvals(facts.withdrawn) == {"The subject asks for less access."}

test_the_requester_of_the_grant_needs_no_approval if {
	approvals(asked_by({"id": 107, "login": "grace", "teams": []})) == {"The person who requested the grant asks for less access."}
}

test_an_owner_needs_no_approval if {
	approvals(asked_by({"id": 102, "login": "bob", "teams": ["payments"]})) == {"An owner of the resource asks for less access."}
}

test_anybody_else_needs_an_owner if {
	approvals(stranger) == set()
	{requirement.any_of.teams | some requirement in requirements(stranger)} == {["payments"]}
}

denials(request) := {reason.message | some reason in less_access.deny with input as request}

test_nothing_is_required_or_denied_if_the_subject_asks if {
	requirements(facts.withdrawn) == set()
	denials(facts.withdrawn) == set()
}

test_anybody_else_is_denied_if_the_resource_has_no_owners if {
	request := object.union(stranger, {"resource": {"owners": []}})
	approvals(request) == set()
	requirements(request) == set()
	denials(request) == {"Neither the subject nor the person who requested the grant asks for this, and the resource has no owners who could agree."}
}

test_the_rule_does_not_apply_to_more_access if {
	approvals(facts.added("production")) == set()
	requirements(facts.added("production")) == set()
	denials(facts.added("production")) == set()
}
