# METADATA
# title: Nobody has more in sum than their environment allows in thirty days
# description: |
#   Counted is what the same person has or had here: what is asked for beside it in the same pull request, what
#   other pull requests were approved for, what is live, and what ended in the last thirty days. Each grant
#   counts once: one that this pull request changes at its new length, any other at the longest that it has or
#   was approved for.
package access.rules.every.total

import data.access.lib.duration

deny contains {"rule": "every/total", "key": "duration", "message": message} if {
	not input.change.less
	input.settings.max_in_30_days_seconds
	not little_enough
}

little_enough if duration.within(total, input.settings.max_in_30_days_seconds)

# A set of what is missing is empty, and not undefined: that there is something is said first.
total := input.grant.duration_seconds + sum([max(lengths) | some lengths in others]) if is_array(all)

others[which(grant)] contains grant.duration_seconds if {
	some grant in all
	grant.subject_id == input.grant.subject_id
	grant.environment == input.change.environment
}

all := array.concat(input.siblings, array.concat(outside(input.pending), array.concat(outside(input.live), outside(input.history))))

# What of these this pull request leaves as it is.
outside(grants) := [grant |
	some grant in grants
	not which(grant) in changed
]

changed contains input.previous.id

changed contains sibling.changes_from if some sibling in input.siblings

# The id of the grant that it is or changes; of a new one whatever tells it from others.
which(grant) := grant.changes_from if is_string(grant.changes_from)

else := grant.id if grant.id

else := grant.path

default message := "The total for thirty days cannot be worked out: a length is missing."

message := sprintf("With this grant it would be %s in thirty days, more than the %s that %s allows.", [
	duration.text(total),
	duration.text(input.settings.max_in_30_days_seconds),
	input.change.environment,
])
