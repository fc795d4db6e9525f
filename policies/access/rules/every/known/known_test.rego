package access_test.every.known

import data.access.rules.every.known
import data.access_test.facts

messages(request) := {reason.message |
	some reason in known.deny with input as request
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
}

but(part) := object.union(facts.added("production"), part)

test_known_names_pass if messages(facts.added("production")) == set()

test_an_unknown_environment_is_denied if {
	messages(but({"change": {"environment": "moon"}})) == {
		"The environment moon is not in policies/settings.yaml.",
		"orders-db is not offered in the environment moon.",
	}
}

test_an_unknown_resource_is_denied if {
	messages(but({"resource": {"name": "users-db"}})) == {"There is no policies/catalog/users-db.yaml."}
}

test_an_unknown_role_is_denied if {
	messages(but({"role": {"name": "owner"}})) == {"orders-db has no role owner."}
}

test_less_access_is_allowed_in_an_unknown_environment if {
	messages(object.union(facts.withdrawn, {"change": {"environment": "moon"}})) == set()
}

keys(request) := {reason.key |
	some reason in known.deny with input as request
		with data.settings as facts.data_settings
		with data.catalog as facts.data_catalog
}

test_the_key_names_what_is_unknown if {
	keys(but({"resource": {"name": "users-db"}})) == {"resource"}
	keys(but({"role": {"name": "owner"}})) == {"role"}
}
