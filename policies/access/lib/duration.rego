# METADATA
# title: Lengths of time, in seconds
package access.lib.duration

within(seconds, limit) if {
	is_number(seconds)
	is_number(limit)
	seconds > 0
	seconds <= limit
}

# A length as people read it: `1 h 30 min`.
text(0) := "0 s"

text(seconds) := concat(" ", [part |
	some part in [
		_part(floor(seconds / 3600), "h"),
		_part(floor((seconds % 3600) / 60), "min"),
		_part(seconds % 60, "s"),
	]
	part != ""
]) if {
	is_number(seconds)
	seconds > 0
}

_part(0, _) := ""

_part(number, unit) := sprintf("%d %s", [number, unit]) if number > 0
