# METADATA
# title: Is this change allowed, and who must approve it?
# description: |
#   This gathers what all rules say into four sets. Deny beats require beats approve; if no rule says anything,
#   Daypass denies. Rules are found by their folder, so a new one needs no change here.
#   The schemas apply to every package below `access`: a misspelt field is an error when the policy is checked.
# scope: subpackages
# schemas:
#   - input: schema["input.request"]
#   - data.settings: schema["data.settings"]
#   - data.catalog: schema["data.catalog"]
#   - data.identities: schema["data.identities"]
#   - data.enforcement: schema["data.enforcement"]
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
