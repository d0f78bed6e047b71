"""Makes what the clients know of the API from its OpenAPI document; ``scripts/clients`` runs it."""
