package access_test.every.complete

import data.access.rules.every.complete
import data.access_test.facts

messages(request) := {reason.message |
	some reason in complete.deny with input as request
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
}

test_complete_facts_pass if {
	messages(facts.added("production")) == set()
	messages(facts.withdrawn) == set()
}

test_an_empty_input_is_denied if count(messages({})) == 8

test_each_missing_fact_is_denied if {
	every fact in complete.facts {
		sprintf("The input has no %s.", [fact]) in messages(object.remove(facts.added("production"), [fact]))
	}
}

test_a_kind_that_contradicts_itself_is_denied if {
	messages(object.union(facts.added("production"), {"change": {"less": true}})) == {"The kind of the change is unknown."}
	messages(object.union(facts.withdrawn, {"change": {"less": false}})) == {"The kind of the change is unknown."}
	messages(object.union(facts.added("production"), {"change": {"kind": "moved"}})) == {"The kind of the change is unknown."}
}

test_a_missing_grant_is_denied if {
	messages(object.union(facts.added("production"), {"grant": null})) == {"The requested grant is missing."}
}

test_missing_data_is_denied if {
	denials := complete.deny with input as facts.added("production")
		with data.settings as {}
		with data.catalog as false
	{reason.message | some reason in denials} == {"The settings of the policy are missing.", "The catalog is missing."}
}
