"""One module a provider: how to send, how to know its webhooks are genuine, how to read them."""
