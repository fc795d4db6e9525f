# METADATA
# title: Access to production needs a ticket
package access.rules.production.ticket

deny contains {"rule": "production/ticket", "key": "ticket", "message": "Access to production needs a ticket, for example `ticket: INC-4821`."} if {
	not input.change.less
	not ticket_named
}

ticket_named if {
	is_string(input.grant.ticket)
	trim_space(input.grant.ticket) != ""
}
