# METADATA
# title: Access is only given to what the settings and the catalog name
# description: Access to what they no longer name can still be reduced.
package access.rules.every.known

rule := "every/known"

deny contains {"rule": rule, "message": message} if {
	not input.change.less
	not data.settings.environments[input.change.environment]
	message := sprintf("The environment %s is not in policies/settings.yaml.", [input.change.environment])
}

deny contains {"rule": rule, "key": "resource", "message": message} if {
	not input.change.less
	not data.catalog[input.resource.name]
	message := sprintf("There is no policies/catalog/%s.yaml.", [input.resource.name])
}

deny contains {"rule": rule, "key": "role", "message": message} if {
	not input.change.less
	data.catalog[input.resource.name]
	not data.catalog[input.resource.name].roles[input.role.name]
	message := sprintf("%s has no role %s.", [input.resource.name, input.role.name])
}

deny contains {"rule": rule, "key": "resource", "message": message} if {
	not input.change.less
	data.catalog[input.resource.name]
	not data.catalog[input.resource.name].environments[input.change.environment]
	message := sprintf("%s is not offered in the environment %s.", [input.resource.name, input.change.environment])
}
