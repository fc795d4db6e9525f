package access_test.production.security_review

import data.access.rules.production.security_review
import data.access_test.facts

asked(request) := {[requirement.any_of.teams, requirement.count] |
	some requirement in security_review.require with input as request
}

warned(request) := {reason.message | some reason in security_review.warn with input as request}

night := object.union(facts.added("production"), {"now": facts.at("tue", 2, 0)})

test_by_day_it_is_security if {
	asked(facts.added("production")) == {[["security"], 1]}
	warned(facts.added("production")) == set()
}

test_at_night_on_call_counts_as_well if {
	asked(night) == {[["security", "on-call"], 1]}
	warned(night) == {concat(" ", [
		"It is outside the hours of the security team",
		"(mon, tue, wed, thu, fri 09:00–18:00 Europe/Berlin): on-call may approve without them.",
	])}
}

test_where_the_hours_cannot_be_told_it_is_security if {
	asked(object.remove(night, ["now"])) == {[["security"], 1]}
	asked(object.union(object.remove(night, ["settings"]), {"settings": {"max_duration_seconds": 28800}})) == {[["security"], 1]}
}

test_where_security_owns_the_resource_two_are_asked if {
	asked(object.union(facts.added("production"), {"resource": {"owners": ["security"]}})) == {[["security"], 2]}
}

test_less_access_is_not_its_business if {
	asked(facts.withdrawn) == set()
	warned(object.union(facts.withdrawn, {"now": facts.at("tue", 2, 0)})) == set()
}
