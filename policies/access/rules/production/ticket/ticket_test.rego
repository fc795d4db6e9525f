package access_test.production.ticket

import data.access.rules.production.ticket
import data.access_test.facts

with_ticket(value) := object.union(facts.added("production"), {"grant": {"ticket": value}})

test_a_ticket_is_enough if count(ticket.deny) == 0 with input as with_ticket("INC-4821")

test_a_missing_ticket_is_denied if {
	every value in [null, "", "  ", 7] {
		count(ticket.deny) == 1 with input as with_ticket(value)
	}
}

test_a_missing_grant_is_denied if count(ticket.deny) == 1 with input as {"change": {"less": false}}

test_the_rule_does_not_apply_to_less_access if count(ticket.deny) == 0 with input as facts.withdrawn

test_the_key_is_ticket if {
	{reason.key | some reason in ticket.deny} == {"ticket"} with input as with_ticket(null)
}
