"""Employment access (article 2): the gate decision, ad vetting, referral, guidance, business registration."""
