# METADATA
# title: What narrows a role at use
package access.lib.scope

# Without a scope, every action is allowed.
allows(scope, action) if {
	is_null(scope)
	is_string(action)
}

allows(scope, action) if action in scope.actions
