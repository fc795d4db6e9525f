# METADATA
# title: Hours of a week in a time zone
package access.lib.hours

# True only if the time is known to be outside `hours`: the time is in the zone of `hours`, and `from` is
# before `to`, so that the hours lie within one day.
outside(zone, hours) if {
	_known(zone, hours)
	not _inside(zone, hours)
}

# The hours as people read them: `mon, tue 09:00–18:00 Europe/Berlin`.
text(hours) := sprintf("%s %s–%s %s", [concat(", ", hours.days), hours.from, hours.to, hours.zone])

_known(zone, hours) if {
	zone.name == hours.zone
	is_string(zone.weekday)
	_clock(zone)
	is_array(hours.days)
	hours.from < hours.to
}

_inside(zone, hours) if {
	zone.weekday in hours.days
	hours.from <= _clock(zone)
	_clock(zone) < hours.to
}

_clock(zone) := sprintf("%02d:%02d", [zone.hour, zone.minute]) if {
	is_number(zone.hour)
	is_number(zone.minute)
}
