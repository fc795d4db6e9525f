# METADATA
# title: One of the resource's owners approves access to staging
package access.rules.staging.owner_review

import data.access.lib.owners

rule := "staging/owner_review"

require contains owners.requirement(rule)

deny contains owners.denial(rule)
