package access_test.request

import data.access
import data.access_test.facts

test_production_asks_owners_and_security if {
	answer := access.request with input as facts.added("production")
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
	count(answer.deny) == 0
	count(answer.warn) == 0
	count(answer.approve) == 0
	{requirement.any_of.teams | some requirement in answer.require} == {["payments"], ["security"]}
}

test_development_approves_members if {
	answer := access.request with input as facts.added("development")
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
	answer.deny == set()
	answer.require == set()
	{reason.rule | some reason in answer.approve} == {"development/members"}
}

test_an_empty_input_is_denied if {
	answer := access.request with input as {}
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
	count(answer.deny) > 0
}

test_missing_data_is_denied if {
	answer := access.request with input as facts.added("development")
		with data.settings as {}
		with data.catalog as {}
	{reason.message | some reason in answer.deny} & {
		"The settings of the policy are missing.",
		"The environment development is not in policies/settings.yaml.",
	} != set()
}

test_warnings_are_gathered if {
	answer := access.request with input as object.union(facts.added("production"), {"now": facts.at("tue", 2, 0)})
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
	{reason.rule | some reason in answer.warn} == {"production/security_review"}
}
