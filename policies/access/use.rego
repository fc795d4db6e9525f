# METADATA
# title: May this subject do this action now?
# description: |
#   Daypass asks about a use that a live grant allows: the grants in the input are those. Rules in the same folders as
#   for requests can deny it (`use_deny`) or warn (`use_warn`). Deny beats approve; if nothing approves, Daypass denies,
#   and nothing but a live grant can approve.
# entrypoint: true
# schemas:
#   - input: schema["input.use"]
package access.use

import data.access.lib.scope

deny contains {"rule": "use/live_grant", "message": "The question must name a subject, a resource, an environment and an action."} if {
	not asked(input)
}

deny contains reason if {
	some folder in {"every", input.resource.properties.environment}
	some rule
	some reason in data.access.rules[folder][rule].use_deny
}

warn contains reason if {
	some folder in {"every", input.resource.properties.environment}
	some rule
	some reason in data.access.rules[folder][rule].use_warn
}

approve contains {"rule": "use/live_grant", "message": message, "grant": grant.id, "ends_at": grant.ends_at} if {
	some grant in input.grants
	grant.state == "active"
	grant.resource == input.resource.id
	grant.environment == input.resource.properties.environment
	role_allows(grant, input.action.name)
	scope.allows(grant.scope, input.action.name)
	message := concat("", ["The grant ", grant.path, " allows it."])
}

asked(question) if {
	is_string(question.subject.id)
	is_string(question.resource.id)
	is_string(question.resource.properties.environment)
	is_string(question.action.name)
}

# A role without actions allows nothing at use.
role_allows(grant, action) if {
	some allowed in data.catalog[grant.resource].roles[grant.role].actions
	allowed in {"*", action}
}
