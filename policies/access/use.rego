# METADATA
# title: May this subject do this action now?
# description: |
#   The action is approved if the subject has a live grant on that resource in that environment, and its scope
#   allows the action. Deny beats approve; if nothing approves, Daypass denies.
# entrypoint: true
# schemas:
#   - input: schema["input.use"]
package access.use

import data.access.lib.scope

deny contains {"rule": "use/live_grant", "message": "The question must name a subject, a resource, an environment and an action."} if {
	not asked(input)
}

approve contains {"rule": "use/live_grant", "message": message, "grant": grant.id, "ends_at": grant.ends_at} if {
	some grant in input.grants
	grant.state == "active"
	grant.resource == input.resource.id
	grant.environment == input.resource.properties.environment
	scope.allows(grant.scope, input.action.name)
	message := sprintf("The grant %s allows it.", [grant.path])
}

asked(question) if {
	is_string(question.subject.id)
	is_string(question.resource.id)
	is_string(question.resource.properties.environment)
	is_string(question.action.name)
}
