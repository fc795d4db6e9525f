package access_test.production.security_review

import data.access.rules.production.security_review
import data.access_test.facts

asked(request) := {[requirement.any_of.teams, requirement.count] |
	some requirement in security_review.require with input as request
}

warned(request) := {reason.message | some reason in security_review.warn with input as request}

night := object.union(facts.added("production"), {"now": facts.at("tue", 2, 0)})

test_security_approves_during_its_hours if {
	asked(facts.added("production")) == {[["security"], 1]}
	warned(facts.added("production")) == set()
}

test_on_call_can_approve_at_night if {
	asked(night) == {[["security", "on-call"], 1]}
	warned(night) == {concat(" ", [
		"It is outside the hours of the security team",
		"(mon, tue, wed, thu, fri 09:00–18:00 Europe/Berlin): on-call may approve without them.",
	])}
}

test_only_security_can_approve_if_the_hours_or_the_time_are_unknown if {
	asked(object.remove(night, ["now"])) == {[["security"], 1]}
	asked(object.union(object.remove(night, ["settings"]), {"settings": {"max_duration_seconds": 28800}})) == {[["security"], 1]}
}

test_two_people_approve_if_security_owns_the_resource if {
	asked(object.union(facts.added("production"), {"resource": {"owners": ["security"]}})) == {[["security"], 2]}
}

test_the_rule_does_not_apply_to_less_access if {
	asked(facts.withdrawn) == set()
	warned(object.union(facts.withdrawn, {"now": facts.at("tue", 2, 0)})) == set()
}
