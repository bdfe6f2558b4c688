"""The doors by which residents come in: a national or city sign-in service, a passkey, a link by e-mail."""
