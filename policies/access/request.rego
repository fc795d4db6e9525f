# METADATA
# title: May this change be, and who must approve it?
# description: |
#   Gathers what every rule says into four sets. Deny beats require beats approve, and where no rule says
#   anything, Daypass denies. A new rule is found by its folder: nothing here names one.
#   The schemas hold for every package below `access`: a misspelt field is an error when the policy is checked.
# scope: subpackages
# schemas:
#   - input: schema["input.request"]
#   - data.settings: schema["data.settings"]
#   - data.catalog: schema["data.catalog"]
#   - data.identities: schema["data.identities"]
package access

# METADATA
# entrypoint: true
request := {
	"deny": deny,
	"warn": warn,
	"require": require,
	"approve": approve,
}

scopes := {"every"} | {input.change.environment}

default scopes := {"every"}

deny contains reason if {
	some scope in scopes
	some rule
	some reason in data.access.rules[scope][rule].deny
}

warn contains reason if {
	some scope in scopes
	some rule
	some reason in data.access.rules[scope][rule].warn
}

require contains requirement if {
	some scope in scopes
	some rule
	some requirement in data.access.rules[scope][rule].require
}

approve contains reason if {
	some scope in scopes
	some rule
	some reason in data.access.rules[scope][rule].approve
}
