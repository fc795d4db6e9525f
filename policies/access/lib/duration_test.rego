package access_test.lib.duration

import data.access.lib.duration

test_within_is_inclusive if {
	duration.within(28800, 28800)
	not duration.within(28801, 28800)
}

test_unknown_or_impossible_lengths_are_not_within if {
	not duration.within(0, 28800)
	not duration.within(-1, 28800)
	not duration.within("60", 28800)
	not duration.within(60, null)
}

test_text if {
	duration.text(28800) == "8 h"
	duration.text(5400) == "1 h 30 min"
	duration.text(45) == "45 s"
	duration.text(0) == "0 s"
	duration.text(90061) == "25 h 1 min 1 s"
}
