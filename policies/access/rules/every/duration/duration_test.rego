package access_test.every.duration

import data.access.rules.every.duration
import data.access_test.facts

messages(request) := {reason.message | some reason in duration.deny with input as request}

of(seconds) := object.union(facts.added("development"), {"grant": {"duration_seconds": seconds}})

test_up_to_the_longest if messages(of(28800)) == set()

test_longer_is_denied if messages(of(28860)) == {"8 h 1 min is longer than the 8 h that development allows."}

test_what_cannot_be_told_is_denied if {
	messages(of("8h")) == {"The length of this grant, or the longest that its environment allows, is not known."}
	messages({"change": {"less": false}}) == {"The length of this grant, or the longest that its environment allows, is not known."}
	messages(object.union(object.remove(of(60), ["settings"]), {"settings": {}})) == {"The length of this grant, or the longest that its environment allows, is not known."}
}

test_less_access_may_be_of_any_length if {
	messages(object.union(of(90000), {"change": {"kind": "narrowed", "less": true}})) == set()
}

test_it_is_about_the_duration if {
	every seconds in [28860, "8h"] {
		{reason.key | some reason in duration.deny} == {"duration"} with input as of(seconds)
	}
}
