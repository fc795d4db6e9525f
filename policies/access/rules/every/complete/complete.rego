# METADATA
# title: Nothing is approved while facts are missing
package access.rules.every.complete

rule := "every/complete"

facts := {"change", "subject", "requester", "resource", "role", "settings", "now"}

known := {fact |
	some fact in facts
	is_object(input[fact])
}

deny contains {"rule": rule, "message": message} if {
	some fact in (facts - known)
	message := sprintf("The input has no %s.", [fact])
}

deny contains {"rule": rule, "message": "The kind of the change is unknown."} if not kind_known

deny contains {"rule": rule, "message": "The requested grant is missing."} if {
	kind_known
	not input.change.less
	not grant_known
}

deny contains {"rule": rule, "message": "The settings of the policy are missing."} if {
	not data.settings.environments
}

deny contains {"rule": rule, "message": "The catalog is missing."} if not data.catalog

kind_known if {
	input.change.kind in {"added", "extended"}
	input.change.less == false
}

kind_known if {
	input.change.kind in {"narrowed", "withdrawn"}
	input.change.less == true
}

grant_known if is_object(input.grant)
