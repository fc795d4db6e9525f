# METADATA
# title: Access to production names a ticket
package access.rules.production.ticket

deny contains {"rule": "production/ticket", "message": "Production needs a ticket, as in `ticket: INC-4821`."} if {
	not input.change.less
	not ticket_named
}

ticket_named if {
	is_string(input.grant.ticket)
	trim_space(input.grant.ticket) != ""
}
