# METADATA
# title: Less access needs no approval if somebody who is concerned asks for it
# description: |
#   These are the subject, the person who requested the grant, and the owners of the resource. If anybody
#   else asks, one of the owners has to approve.
package access.rules.every.less_access

rule := "every/less_access"

approve contains {"rule": rule, "message": "The subject asks for less access."} if {
	input.change.less
	input.requester.id == input.subject.id
}

approve contains {"rule": rule, "message": "The person who requested the grant asks for less access."} if {
	input.change.less
	input.requester.id == input.previous.requester_id
}

approve contains {"rule": rule, "message": "An owner of the resource asks for less access."} if {
	input.change.less
	some team in input.requester.teams
	team in input.resource.owners
}

require contains {
	"rule": rule,
	"message": "Somebody else wants to end or narrow this access: one of the resource's owners has to agree.",
	"any_of": {"teams": input.resource.owners, "users": []},
	"count": 1,
	"exclude": [],
} if {
	input.change.less
	count(approve) == 0
	owned
}

deny contains {"rule": rule, "message": "Neither the subject nor the person who requested the grant asks for this, and the resource has no owners who could agree."} if {
	input.change.less
	count(approve) == 0
	not owned
}

owned if count(input.resource.owners) > 0
