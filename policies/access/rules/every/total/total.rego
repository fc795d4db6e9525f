# METADATA
# title: The sum of a person's grants in thirty days is limited in each environment
# description: |
#   These grants of the same person in the same environment count: the others in the same pull request, those
#   approved in other pull requests, those that are live, and those that ended in the last thirty days. Each
#   counts once. A grant that this pull request changes counts at its new length, any other at the longest
#   that it has or was approved for.
package access.rules.every.total

import data.access.lib.duration

deny contains {"rule": "every/total", "key": "duration", "message": message} if {
	not input.change.less
	input.settings.max_in_30_days_seconds
	not little_enough
}

little_enough if duration.within(total, input.settings.max_in_30_days_seconds)

# A set comprehension over missing lists is empty, not undefined, so the lists are checked first.
total := input.grant.duration_seconds + sum([max(lengths) | some lengths in others]) if is_array(all)

others[which(grant)] contains grant.duration_seconds if {
	some grant in all
	grant.subject_id == input.grant.subject_id
	grant.environment == input.change.environment
}

all := array.concat(input.siblings, array.concat(outside(input.pending), array.concat(outside(input.live), outside(input.history))))

# The grants that this pull request does not change.
outside(grants) := [grant |
	some grant in grants
	not which(grant) in changed
]

changed contains input.previous.id

changed contains sibling.changes_from if some sibling in input.siblings

# Which grant it is or changes: its id, or the path of a grant that has no id yet.
which(grant) := grant.changes_from if is_string(grant.changes_from)

else := grant.id if grant.id

else := grant.path

default message := "The total for thirty days cannot be worked out: a length is missing."

message := sprintf("With this grant, the total for thirty days would be %s, more than the %s that %s allows.", [
	duration.text(total),
	duration.text(input.settings.max_in_30_days_seconds),
	input.change.environment,
])
