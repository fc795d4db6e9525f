# METADATA
# title: A review by one of the resource's owners
package access.lib.owners

# Withdrawing and narrowing need nobody.
requirement(rule) := {
	"rule": rule,
	"message": "One of the resource's owners has to approve.",
	"any_of": {"teams": input.resource.owners, "users": []},
	"count": 1,
	"exclude": [],
} if {
	not input.change.less
	owned
}

denial(rule) := {"rule": rule, "message": "The resource has no owners who could approve."} if {
	not input.change.less
	not owned
}

owned if count(input.resource.owners) > 0
