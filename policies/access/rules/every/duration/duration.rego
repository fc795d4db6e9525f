# METADATA
# title: No grant lasts longer than its environment allows
package access.rules.every.duration

import data.access.lib.duration

deny contains {"rule": "every/duration", "key": "duration", "message": message} if {
	not input.change.less
	not short_enough
}

short_enough if duration.within(input.grant.duration_seconds, input.settings.max_duration_seconds)

default message := "Either the length of this grant or the limit of its environment is not known."

message := sprintf("%s is longer than the %s that %s allows.", [
	duration.text(input.grant.duration_seconds),
	duration.text(input.settings.max_duration_seconds),
	input.change.environment,
])
