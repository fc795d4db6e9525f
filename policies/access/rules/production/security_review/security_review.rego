# METADATA
# title: The security team approves access to production
# description: |
#   Outside the hours in the settings, somebody from the on-call team can approve instead: somebody is awake at
#   two in the morning, and an approval by security still counts then. If it is not known whether it is outside
#   the hours, only security can approve.
package access.rules.production.security_review

import data.access.lib.hours

rule := "production/security_review"

require contains {
	"rule": rule,
	"message": message,
	"any_of": {"teams": teams, "users": []},
	"count": people,
	"exclude": [],
} if {
	not input.change.less
}

warn contains {"rule": rule, "message": text} if {
	not input.change.less
	outside_hours
	text := sprintf(
		"It is outside the hours of the security team (%s): on-call may approve without them.",
		[hours.text(input.settings.hours)],
	)
}

outside_hours if hours.outside(input.now.zone, input.settings.hours)

default teams := ["security"]

teams := ["security", "on-call"] if outside_hours

default message := "Someone from the security team has to approve."

message := "Someone from the security team has to approve; outside their hours, someone from on-call can instead." if outside_hours

# Daypass merges requirements with the same people into one. If these teams are also the owners, two of their
# people have to approve, as two different teams would.
default people := 1

people := 2 if {team | some team in teams} == {owner | some owner in input.resource.owners}
