# METADATA
# title: The facts that the tests start from
package access_test.facts

data_settings := {
	"teams": ["security", "on-call"],
	"policy_owners": {"teams": ["security"], "users": [], "count": 2},
	"environments": {"development": {"max_duration_seconds": 28800}, "staging": {"max_duration_seconds": 259200}, "ci": {"max_duration_seconds": 14400}, "production": production_settings},
	"max_lead_seconds": 1209600,
	"activate_within_seconds": 3600,
	"ending_soon_seconds": 900,
	"mass_ending": {"share": 0.25, "number": 10},
}

production_settings := {
	"max_duration_seconds": 28800,
	"high_risk_max_duration_seconds": 7200,
	"max_in_30_days_seconds": 288000,
	"hours": {
		"zone": "Europe/Berlin",
		"days": ["mon", "tue", "wed", "thu", "fri"],
		"from": "09:00",
		"to": "18:00",
	},
}

data_catalog := {"orders-db": {
	"name": "orders-db",
	"provider": "postgres",
	"owners": ["payments"],
	"roles": {
		"read-only": {"entitlement": {"member_of": "orders_reader"}, "risk": "normal", "actions": ["select"]},
		"read-write": {"entitlement": {"member_of": "orders_writer"}, "risk": "high", "actions": ["*"]},
	},
	"environments": {"development": {"target": "orders-dev"}, "staging": {"target": "orders-staging"}, "production": {"target": "orders"}},
	"standing": [],
}}

grant(environment) := {
	"path": sprintf("access-grants/%s/alice.yml", [environment]),
	"environment": environment,
	"resource": "orders-db",
	"role": "read-only",
	"subject_id": 101,
	"reason": "Slow queries",
	"ticket": "INC-1",
	"break_glass": false,
	"scope": null,
	"starts_at": null,
	"expires_at": null,
	"duration_seconds": 14400,
}

live(environment) := object.union(grant(environment), {
	"id": "access-grants/production/alice.yml@1",
	"state": "active",
	"ends_at": "2026-11-24T17:00:00Z",
})

# Alice asks for a new grant for herself, on a Tuesday afternoon.
added(environment) := {
	"change": {
		"kind": "added",
		"path": sprintf("access-grants/%s/alice.yml", [environment]),
		"environment": environment,
		"less": false,
	},
	"grant": grant(environment),
	"previous": null,
	"subject": {"id": 101, "login": "alice", "member": true, "teams": ["web"]},
	"requester": {"id": 101, "login": "alice", "teams": ["web"]},
	"contributors": [101],
	"resource": {"name": "orders-db", "provider": "postgres", "owners": ["payments"]},
	"role": {"name": "read-only", "risk": "normal", "native_expiry": "none", "enforces_scope": false},
	"settings": data_settings.environments[environment],
	"pull_request": {"number": 1, "title": "Access", "url": "https://github.test/acme/access/pull/1"},
	"siblings": [],
	"pending": [],
	"live": [],
	"history": [],
	"covers_now": [],
	"now": at("tue", 14, 0),
}

# Alice withdraws a grant that grace requested for her.
withdrawn := object.union(added("production"), {
	"change": {"kind": "withdrawn", "less": true},
	"grant": null,
	"previous": object.union(live("production"), {"requester_id": 107}),
})

# Zeno, who has nothing to do with it, withdraws it.
withdrawn_by_stranger := object.union(withdrawn, {"requester": {"id": 126, "login": "zeno", "teams": ["web"]}})

at(weekday, hour, minute) := {
	"rfc3339": "2026-11-24T13:00:00Z",
	"hour": 13,
	"minute": 0,
	"weekday": "tue",
	"zone": {"name": "Europe/Berlin", "hour": hour, "minute": minute, "weekday": weekday},
}
