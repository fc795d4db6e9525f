# METADATA
# title: One of the resource's owners approves access to production
package access.rules.production.owner_review

import data.access.lib.owners

rule := "production/owner_review"

require contains owners.requirement(rule)

deny contains owners.denial(rule)
