package access_test.lib.scope

import data.access.lib.scope

test_without_a_scope_every_action_is_allowed if scope.allows(null, "select")

test_a_scope_allows_what_it_names if {
	scope.allows({"actions": ["select"]}, "select")
	not scope.allows({"actions": ["select"]}, "drop")
	not scope.allows({}, "select")
}
