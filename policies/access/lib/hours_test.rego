package access_test.lib.hours

import data.access.lib.hours
import data.access_test.facts

week := facts.production_settings.hours

test_outside[name] if {
	some name, time in {
		"two in the morning": ["tue", 2, 0],
		"just before": ["tue", 8, 59],
		"the end is outside": ["tue", 18, 0],
		"Saturday noon": ["sat", 12, 0],
	}
	hours.outside(facts.at(time[0], time[1], time[2]).zone, week)
}

test_inside[name] if {
	some name, time in {
		"the start is inside": ["mon", 9, 0],
		"just before the end": ["fri", 17, 59],
	}
	not hours.outside(facts.at(time[0], time[1], time[2]).zone, week)
}

test_not_outside_if_it_is_unknown[name] if {
	night := facts.at("tue", 2, 0).zone
	some name, pair in {
		"another zone": [object.union(night, {"name": "UTC"}), week],
		"no hour": [object.remove(night, ["hour"]), week],
		"no weekday": [object.remove(night, ["weekday"]), week],
		"over midnight": [night, object.union(week, {"from": "18:00", "to": "09:00"})],
		"no days": [night, object.remove(week, ["days"])],
	}
	not hours.outside(pair[0], pair[1])
}

test_text if hours.text(week) == "mon, tue, wed, thu, fri 09:00–18:00 Europe/Berlin"
