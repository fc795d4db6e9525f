# METADATA
# title: Reviewers are warned if the subject is not a member of the organisation
package access.rules.every.outsider

rule := "every/outsider"

warn contains {"rule": rule, "message": message} if {
	not input.change.less
	not input.subject.member
	message := "The subject is not a member of the organisation, as far as Daypass can see."
}
