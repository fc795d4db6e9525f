# METADATA
# title: Members of the organisation need no review in development
package access.rules.development.members

rule := "development/members"

deny contains {"rule": rule, "message": "Only members of the organisation can get access to development."} if {
	not input.change.less
	not input.subject.member
}

approve contains {"rule": rule, "message": "Members of the organisation need no review in development."} if {
	not input.change.less
	input.subject.member
}
