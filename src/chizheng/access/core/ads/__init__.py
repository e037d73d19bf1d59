"""Ad vetting: what a recruitment ad 招聘简章 recruits for, what it says of certificates, what is wrong.

`vet.Vetter` is the way in; `docs/ads-vetting.md` says how an ad is read and what was measured.
"""
