"""The native API of the product's back end: one module a resource, each with the structs that it takes and answers."""
