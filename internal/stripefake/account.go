package stripefake

func (r *Realm) renderAccount() obj {
	requirements := func() obj {
		return obj{
			"alternatives": []any{}, "current_deadline": nil, "currently_due": []any{}, "disabled_reason": nil, "errors": []any{},
			"eventually_due": []any{}, "past_due": []any{}, "pending_verification": []any{},
		}
	}
	return obj{
		"id": r.account, "object": "account",
		"business_profile": obj{
			"annual_revenue": nil, "estimated_worker_count": nil, "mcc": nil, "name": "Fake", "product_description": nil,
			"support_address": nil, "support_email": nil, "support_phone": nil, "support_url": nil, "url": nil,
		},
		"business_type": nil, "capabilities": obj{"card_payments": "active", "transfers": "active"}, "charges_enabled": true,
		"controller": obj{"type": "account"}, "country": "US", "created": r.server.options.Start.Unix(),
		"default_currency": "usd", "details_submitted": true, "email": "site@stripe.com",
		"external_accounts":   listOf(nil, false, "/v1/accounts/"+r.account+"/external_accounts"),
		"future_requirements": requirements(), "metadata": obj{}, "payouts_enabled": true, "requirements": requirements(),
		"settings": obj{
			"bacs_debit_payments": obj{"display_name": nil, "service_user_number": nil},
			"branding":            obj{"icon": nil, "logo": nil, "primary_color": nil, "secondary_color": nil},
			"card_issuing":        obj{"tos_acceptance": obj{"date": nil, "ip": nil}},
			"card_payments": obj{
				"decline_on":                  obj{"avs_failure": true, "cvc_failure": true},
				"statement_descriptor_prefix": nil, "statement_descriptor_prefix_kana": nil, "statement_descriptor_prefix_kanji": nil,
			},
			"dashboard": obj{"display_name": "Fake", "timezone": "Etc/UTC"}, "invoices": obj{"default_account_tax_ids": nil},
			"payments": obj{
				"statement_descriptor": nil, "statement_descriptor_kana": nil, "statement_descriptor_kanji": nil,
			},
			"payouts": obj{
				"debit_negative_balances": true, "schedule": obj{"delay_days": 2, "interval": "daily"}, "statement_descriptor": nil,
			},
			"sepa_debit_payments": obj{},
		},
		"tos_acceptance": obj{"date": nil, "ip": nil, "user_agent": nil}, "type": "standard",
	}
}

func getAccount(c *call) (any, *apiError) {
	if len(c.ids) > 0 && c.ids[0] != c.realm.account {
		if c.realm.account != c.server.platform || !c.server.connected[c.ids[0]] {
			e := invalid("account_invalid", "", "The provided key does not have access to account '%s' (or that account does not "+
				"exist). Application access may have been revoked.", c.ids[0])
			e.Status = 403
			return nil, e
		}
		return c.server.realm(c.ids[0], c.realm.live).renderAccount(), nil
	}
	return c.realm.renderAccount(), nil
}
