"""Portal: the public site and a desk per role; layout and charts. Nothing imports it."""
