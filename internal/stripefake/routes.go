package stripefake

// Parameters that many routes share.
const (
	pagingParams   = "limit:int starting_after ending_before expand[]"
	createdParams  = "created:time created[gt]:time created[gte]:time created[lt]:time created[lte]:time"
	metadataParams = "metadata? metadata[*]?"
	customerParams = "email?<=512 name?<=256 description? phone?<=20 coupon? invoice_settings[default_payment_method]? expand[] " + metadataParams
	draftParams    = "auto_advance:bool collection_method:charge_automatically|send_invoice custom_fields? " +
		"custom_fields[][name]<=30 custom_fields[][value]<=30 days_until_due:int description?<=1500 discounts? " +
		"discounts[][coupon] due_date:time effective_at:time footer? number<=26 rendering[pdf][page_size]:a4|auto|letter " +
		"rendering[amount_tax_display]?:exclude_tax|include_inclusive_tax expand[] " + metadataParams
	itemParams = "amount:cents description? discountable:bool period[start]:time period[end]:time quantity:int " +
		"unit_amount:cents expand[] " + metadataParams
	methodType = "type:card|us_bank_account|sepa_debit|link|acss_debit"
)

// A row of the table: a route, what a restricted key needs for it, its parameters and what it does.
type row struct {
	name   string
	scope  string
	params string
	handle handler
}

// rows is everything that the server knows. Fixed words come before placeholders.
func rows() []row {
	var out []row
	for _, part := range [][]row{customerRows(), invoiceRows(), itemRows(), portalRows(), accountRows()} {
		out = append(out, part...)
	}
	return out
}

func customerRows() []row {
	const read, write = "rak_customer_read", "rak_customer_write"
	return []row{
		{"GET /v1/customers", read, pagingParams + " email<=512 " + createdParams, listCustomers},
		{"POST /v1/customers", write, customerParams, createCustomer},
		{"GET /v1/customers/search", read, "query! limit:int page expand[]", search(func(r *Realm) *table[*Customer] { return r.customers }, "/v1/customers/search")},
		{"GET /v1/customers/{customer}", read, "expand[]", getCustomer},
		{"POST /v1/customers/{customer}", write, customerParams, updateCustomer},
		{"DELETE /v1/customers/{customer}", write, "", deleteCustomer},
		{"GET /v1/customers/{customer}/discount", read, "expand[]", getDiscount},
		{"GET /v1/customers/{customer}/balance_transactions", read, pagingParams, listBalances},
		{
			"POST /v1/customers/{customer}/balance_transactions", write,
			"amount!:cents currency! description<=350 expand[] " + metadataParams, createBalance,
		},
		{"GET /v1/customers/{customer}/balance_transactions/{transaction}", read, "expand[]", getBalance},
		{"GET /v1/customers/{customer}/payment_methods", "rak_payment_method_read", pagingParams + " " + methodType, listMethods},
		{"GET /v1/customers/{customer}/payment_methods/{payment_method}", "rak_payment_method_read", "expand[]", getMethod},
		{"GET /v1/payment_methods", "rak_payment_method_read", pagingParams + " customer! " + methodType, listMethods},
		{"GET /v1/payment_methods/{payment_method}", "rak_payment_method_read", "expand[]", getMethod},
		{
			"GET /v1/subscriptions", "rak_subscription_read",
			pagingParams + " customer status:active|all|canceled|ended|incomplete|incomplete_expired|past_due|paused|trialing|unpaid",
			listSubscriptions,
		},
		{"GET /v1/subscriptions/{subscription_exposed_id}", "rak_subscription_read", "expand[]", getSubscription},
		{"GET /v1/coupons", "rak_coupon_read", pagingParams + " " + createdParams, listCoupons},
		{"GET /v1/coupons/{coupon}", "rak_coupon_read", "expand[]", getCoupon},
	}
}

func invoiceRows() []row {
	const read, write = "rak_invoice_read", "rak_invoice_write"
	const dueDate = "due_date:time due_date[gt]:time due_date[gte]:time due_date[lt]:time due_date[lte]:time"
	return []row{
		{
			"GET /v1/invoices", read, pagingParams + " customer subscription status:draft|open|void|paid|uncollectible " +
				"collection_method:charge_automatically|send_invoice " + createdParams + " " + dueDate, listInvoices,
		},
		{"POST /v1/invoices", write, "customer! currency pending_invoice_items_behavior:exclude|include " + draftParams, createInvoice},
		{"GET /v1/invoices/upcoming", read, "customer! subscription expand[]", getUpcoming},
		{"GET /v1/invoices/search", read, "query! limit:int page expand[]", search(func(r *Realm) *table[*Invoice] { return r.invoices }, "/v1/invoices/search")},
		{"GET /v1/invoices/{invoice}", read, "expand[]", getInvoice},
		{"POST /v1/invoices/{invoice}", write, draftParams, updateInvoice},
		{"DELETE /v1/invoices/{invoice}", write, "", deleteInvoice},
		{"GET /v1/invoices/{invoice}/lines", read, pagingParams, listLines},
		{"POST /v1/invoices/{invoice}/finalize", write, "auto_advance:bool expand[]", transit("finalize")},
		{"POST /v1/invoices/{invoice}/send", write, "expand[]", transit("send")},
		{"POST /v1/invoices/{invoice}/void", write, "expand[]", transit("void")},
		{"POST /v1/invoices/{invoice}/mark_uncollectible", write, "expand[]", transit("mark_uncollectible")},
		{"POST /v1/invoices/{invoice}/pay", write, "paid_out_of_band:bool expand[]", transit("pay")},
	}
}

func itemRows() []row {
	const items, itemsWrite = "rak_invoice_item_read", "rak_invoice_item_write"
	const notes, notesWrite = "rak_credit_note_read", "rak_credit_note_write"
	return []row{
		{"GET /v1/invoiceitems", items, pagingParams + " customer invoice pending:bool " + createdParams, listItems},
		{"POST /v1/invoiceitems", itemsWrite, "customer! invoice currency " + itemParams, createItem},
		{"GET /v1/invoiceitems/{invoiceitem}", items, "expand[]", getItem},
		{"POST /v1/invoiceitems/{invoiceitem}", itemsWrite, itemParams, updateItem},
		{"DELETE /v1/invoiceitems/{invoiceitem}", itemsWrite, "", deleteItem},
		{"GET /v1/credit_notes", notes, pagingParams + " customer invoice " + createdParams, listNotes},
		{
			"POST /v1/credit_notes", notesWrite,
			"invoice! amount!:cents credit_amount:cents out_of_band_amount:cents refund_amount:cents memo effective_at:time " +
				"reason:duplicate|fraudulent|order_change|product_unsatisfactory expand[] metadata[*]", createNote,
		},
		{"GET /v1/credit_notes/{id}", notes, "expand[]", getNote},
		{"POST /v1/credit_notes/{id}/void", notesWrite, "expand[]", voidNote},
	}
}

func portalRows() []row {
	const read, write = "rak_customer_portal_read", "rak_customer_portal_write"
	return []row{
		{
			"POST /v1/billing_portal/sessions", write,
			"customer! configuration return_url locale expand[] flow_data[type]:payment_method_update|subscription_cancel|" +
				"subscription_update|subscription_update_confirm flow_data[after_completion][type]:hosted_confirmation|" +
				"portal_homepage|redirect flow_data[after_completion][redirect][return_url]", createSession,
		},
		{"GET /v1/billing_portal/configurations", read, pagingParams + " active:bool is_default:bool", listConfigurations},
		{"GET /v1/billing_portal/configurations/{configuration}", read, "expand[]", getConfiguration},
	}
}

func accountRows() []row {
	return []row{
		{"GET /v1/webhook_endpoints", "rak_webhook_read", pagingParams, listEndpoints},
		{"GET /v1/webhook_endpoints/{webhook_endpoint}", "rak_webhook_read", "expand[]", getEndpoint},
		{"GET /v1/events", "rak_event_read", pagingParams + " type types[] delivery_success:bool " + createdParams, listEvents},
		{"GET /v1/events/{id}", "rak_event_read", "expand[]", getEvent},
		{"GET /v1/account", "rak_accounts_kyc_basic_read", "expand[]", getAccount},
		{"GET /v1/accounts/{account}", "rak_accounts_kyc_basic_read", "expand[]", getAccount},
	}
}
