package access_test.production.high_risk

import data.access.rules.production.high_risk
import data.access_test.facts

messages(request) := {reason.message | some reason in high_risk.deny with input as request}

asks(risk, seconds) := object.union(facts.added("production"), {
	"role": {"name": "read-write", "risk": risk},
	"grant": {"duration_seconds": seconds},
})

test_two_hours_of_high_risk_are_allowed if messages(asks("high", 7200)) == set()

test_three_hours_are_denied if {
	messages(asks("high", 10800)) == {"read-write is a high-risk role: at most 2 h in production, not 3 h."}
}

test_the_rule_does_not_apply_to_normal_risk if messages(asks("normal", 28800)) == set()

test_an_unknown_limit_or_risk_is_denied if {
	unknown := {"Either the length of this grant or the limit for high-risk roles is not known."}
	messages(object.remove(asks("high", 60), ["settings"])) == unknown
	messages(object.remove(asks("high", 60), ["role"])) == unknown
	count(messages(asks("extreme", 60))) == 1
}

test_the_rule_does_not_apply_to_less_access if messages(object.union(facts.withdrawn, {"role": {"risk": "high"}})) == set()

test_the_key_is_duration if {
	{reason.key | some reason in high_risk.deny} == {"duration"} with input as asks("high", 10800)
}
