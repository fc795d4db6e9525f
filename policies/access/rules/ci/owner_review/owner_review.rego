# METADATA
# title: One of the resource's owners approves access to pipelines and runners
package access.rules.ci.owner_review

rule := "ci/owner_review"

require contains {
	"rule": rule,
	"message": "One of the resource's owners has to approve.",
	"any_of": {"teams": input.resource.owners, "users": []},
	"count": 1,
	"exclude": [],
} if {
	not input.change.less
	owned
}

deny contains {"rule": rule, "message": "The resource has no owners who could approve."} if {
	not input.change.less
	not owned
}

owned if count(input.resource.owners) > 0
