# METADATA
# title: One of the resource's owners approves access to pipelines and runners
package access.rules.ci.owner_review

import data.access.lib.owners

rule := "ci/owner_review"

require contains owners.requirement(rule)

deny contains owners.denial(rule)
