# METADATA
# title: Nothing lasts longer than its environment allows
package access.rules.every.duration

import data.access.lib.duration

deny contains {"rule": "every/duration", "message": message} if {
	not input.change.less
	not short_enough
}

short_enough if duration.within(input.grant.duration_seconds, input.settings.max_duration_seconds)

default message := "It cannot be told whether this is short enough."

message := sprintf("%s is longer than the %s that %s allows.", [
	duration.text(input.grant.duration_seconds),
	duration.text(input.settings.max_duration_seconds),
	input.change.environment,
])
