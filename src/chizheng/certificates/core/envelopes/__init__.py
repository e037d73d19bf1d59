"""Three envelopes for one claims record: COSE in a QR, W3C VC / Open Badges, SD-JWT VC for wallets."""
