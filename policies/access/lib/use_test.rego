package access_test.use

import data.access.use
import data.access_test.facts

question := {
	"subject": {"type": "user", "id": "alice"},
	"resource": {"type": "postgres", "id": "orders-db", "properties": {"environment": "production"}},
	"action": {"name": "select"},
	"context": {},
	"grants": [facts.live("production")],
	"now": facts.at("tue", 14, 0),
}

test_a_live_grant_allows if {
	answer := use with input as question with data.catalog as facts.data_catalog
	answer.deny == set()
	{reason.grant | some reason in answer.approve} == {"access-grants/production/alice.yml@1"}
}

test_nothing_else_allows[name] if {
	some name, other in {
		"no grant": {"grants": []},
		"not active": {"grants": [object.union(facts.live("production"), {"state": "scheduled"})]},
		"another environment": {"grants": [facts.live("development")]},
		"another resource": {"resource": {"id": "users-db"}},
		"an action that the role does not have": {"action": {"name": "delete", "properties": {}}},
		"an action outside the scope": {"grants": [object.union(facts.live("production"), {"scope": {"actions": ["insert"]}})]},
	}
	answer := use with input as object.union(question, other) with data.catalog as facts.data_catalog
	answer.approve == set()
}

test_a_role_of_every_action_allows_each if {
	grant := object.union(facts.live("production"), {"role": "read-write"})
	answer := use with input as object.union(question, {"grants": [grant]}) with data.catalog as facts.data_catalog
	count(answer.approve) == 1
}

night := {"rule": "production/night", "message": "Nobody reads orders at night."}

test_a_rule_of_the_environment_denies_and_warns if {
	answer := use with input as question
		with data.access.rules.production.night as {"use_deny": {night}, "use_warn": {night}}
	answer.deny == {night}
	answer.warn == {night}
}

test_a_rule_of_another_environment_says_nothing if {
	answer := use with input as question with data.access.rules.staging.night as {"use_deny": {night}}
	answer.deny == set()
}

test_an_empty_question_is_denied if {
	answer := use with input as {}
	count(answer.deny) == 1
	answer.approve == set()
}
