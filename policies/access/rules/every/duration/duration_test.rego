package access_test.every.duration

import data.access.rules.every.duration
import data.access_test.facts

messages(request) := {reason.message | some reason in duration.deny with input as request}

of(seconds) := object.union(facts.added("development"), {"grant": {"duration_seconds": seconds}})

test_exactly_the_limit_is_allowed if messages(of(28800)) == set()

test_longer_is_denied if messages(of(28860)) == {"8 h 1 min is longer than the 8 h that development allows."}

test_an_unknown_length_or_limit_is_denied if {
	messages(of("8h")) == {"Either the length of this grant or the limit of its environment is not known."}
	messages({"change": {"less": false}}) == {"Either the length of this grant or the limit of its environment is not known."}
	messages(object.union(object.remove(of(60), ["settings"]), {"settings": {}})) == {"Either the length of this grant or the limit of its environment is not known."}
}

test_the_rule_does_not_apply_to_less_access if {
	messages(object.union(of(90000), {"change": {"kind": "narrowed", "less": true}})) == set()
}

test_the_key_is_duration if {
	every seconds in [28860, "8h"] {
		{reason.key | some reason in duration.deny} == {"duration"} with input as of(seconds)
	}
}
