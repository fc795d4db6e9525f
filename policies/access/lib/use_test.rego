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
	answer := use with input as question
	answer.deny == set()
	{reason.grant | some reason in answer.approve} == {"access-grants/production/alice.yml@1"}
}

test_nothing_else_allows[name] if {
	some name, other in {
		"no grant": {"grants": []},
		"not active": {"grants": [object.union(facts.live("production"), {"state": "scheduled"})]},
		"another environment": {"grants": [facts.live("development")]},
		"another resource": {"resource": {"id": "users-db"}},
		"an action outside the scope": {"grants": [object.union(facts.live("production"), {"scope": {"actions": ["insert"]}})]},
	}
	answer := use with input as object.union(question, other)
	answer.approve == set()
}

test_an_empty_question_is_denied if {
	answer := use with input as {}
	count(answer.deny) == 1
	answer.approve == set()
}
