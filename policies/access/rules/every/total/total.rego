# METADATA
# title: Nobody has more in sum than their environment allows in thirty days
# description: |
#   Counted is what the same person has or had here: what is asked for beside it in the same pull request, what
#   other pull requests were approved for, what is live, and what ended in the last thirty days. An extension
#   counts once, at its whole new length.
package access.rules.every.total

import data.access.lib.duration

deny contains {"rule": "every/total", "message": message} if {
	not input.change.less
	input.settings.max_in_30_days_seconds
	not little_enough
}

little_enough if duration.within(total, input.settings.max_in_30_days_seconds)

# A comprehension over what is missing is empty, and not undefined: that there is something is said first.
total := input.grant.duration_seconds + sum([grant.duration_seconds | some grant in others]) if is_array(all)

others := [grant |
	some grant in all
	grant.subject_id == input.grant.subject_id
	grant.environment == input.change.environment
	not extended(grant)
]

all := array.concat(array.concat(input.siblings, input.pending), array.concat(input.live, input.history))

extended(grant) if grant.id == input.previous.id

default message := "It cannot be told how much this would be in thirty days."

message := sprintf("With this it would be %s in thirty days, more than the %s that %s allows.", [
	duration.text(total),
	duration.text(input.settings.max_in_30_days_seconds),
	input.change.environment,
])
