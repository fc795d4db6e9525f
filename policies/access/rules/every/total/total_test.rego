package access_test.every.total

import data.access.rules.every.total
import data.access_test.facts

messages(request) := {reason.message | some reason in total.deny with input as request}

# Alice asks for four hours in production, where 80 hours are allowed, and has these grants already.
beside(more) := object.union(facts.added("production"), more)

# A grant of so many hours, with its own id.
hours(count) := object.union(facts.live("production"), {"id": sprintf("other.yml@%d", [count]), "duration_seconds": count * 3600})

# A change of a grant to so many hours.
change_of(grant, count) := object.union(grant, {"id": "other.yml#9", "duration_seconds": count * 3600, "changes_from": grant.id})

sum_of(text) := {sprintf("With this grant, the total for thirty days would be %s, more than the 80 h that production allows.", [text])}

test_exactly_the_limit_is_allowed if {
	messages(beside({"live": [hours(38)], "history": [hours(37), hours(1)]})) == set()
}

test_each_list_counts if {
	every list in ["siblings", "pending", "live", "history"] {
		messages(beside({list: [hours(40), hours(37)]})) == sum_of("81 h")
	}
}

test_each_new_grant_counts if {
	new := [object.union(hours(40), {"path": path, "id": sprintf("%s#9", [path]), "changes_from": null}) | some path in ["a.yml", "b.yml"]]
	messages(beside({"pending": new})) == sum_of("84 h")
	messages(beside({"siblings": [object.remove(grant, ["id"]) | some grant in new]})) == sum_of("84 h")
}

test_an_open_extension_counts_once_at_the_longest if {
	messages(beside({"live": [hours(38)], "pending": [change_of(hours(38), 76)]})) == set()
	messages(beside({"live": [hours(38)], "pending": [change_of(hours(38), 77)]})) == sum_of("81 h")
	messages(beside({"live": [hours(77)], "pending": [change_of(hours(77), 70)]})) == sum_of("81 h")
}

test_a_grant_that_this_pull_request_changes_counts_at_its_new_length if {
	every count in [76, 20] {
		messages(beside({"live": [hours(40)], "siblings": [object.remove(change_of(hours(40), count), ["id"])]})) == set()
	}
	messages(beside({"live": [hours(40)], "pending": [change_of(hours(40), 80)], "siblings": [change_of(hours(40), 76)]})) == set()
	messages(beside({"live": [hours(40)], "siblings": [change_of(hours(40), 77)]})) == sum_of("81 h")
	messages(beside({"live": [hours(40), hours(1)], "siblings": [change_of(hours(40), 76)]})) == sum_of("81 h")
}

test_grants_of_others_and_in_other_environments_do_not_count if {
	other := object.union(hours(80), {"subject_id": 102})
	messages(beside({"siblings": [other], "live": [object.union(hours(80), {"environment": "development"})]})) == set()
}

test_an_extension_counts_once if {
	own := object.union(facts.live("production"), {"id": "access-grants/production/alice.yml@2", "duration_seconds": 72 * 3600})
	request := beside({"live": [own], "previous": object.union(own, {"requester_id": 101})})
	messages(object.union(request, {"grant": {"duration_seconds": 80 * 3600}})) == set()
}

test_without_a_limit_any_total_is_allowed if {
	messages(object.union(facts.added("development"), {"history": [hours(1000)]})) == set()
}

test_an_unknown_total_is_denied if {
	every part in ["siblings", "pending", "live", "history", "grant"] {
		messages(object.remove(facts.added("production"), [part])) == {"The total for thirty days cannot be worked out: a length is missing."}
	}
	messages(beside({"live": [object.union(hours(1), {"duration_seconds": "1h"})]})) == {"The total for thirty days cannot be worked out: a length is missing."}
}

test_less_access_is_not_counted if messages(object.union(facts.withdrawn, {"live": [hours(1000)]})) == set()

test_the_key_is_duration if {
	{reason.key | some reason in total.deny} == {"duration"} with input as beside({"live": [hours(77)]})
}
