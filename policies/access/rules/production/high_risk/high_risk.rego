# METADATA
# title: High-risk roles are limited to a short time in production
package access.rules.production.high_risk

import data.access.lib.duration

deny contains {"rule": "production/high_risk", "key": "duration", "message": message} if {
	not input.change.less
	not acceptable
}

acceptable if input.role.risk == "normal"

acceptable if {
	input.role.risk == "high"
	duration.within(input.grant.duration_seconds, input.settings.high_risk_max_duration_seconds)
}

default message := "Either the length of this grant or the limit for high-risk roles is not known."

message := sprintf("%s is a high-risk role: at most %s in %s, not %s.", [
	input.role.name,
	duration.text(input.settings.high_risk_max_duration_seconds),
	input.change.environment,
	duration.text(input.grant.duration_seconds),
])
