"""The post office: what goes out, at most once, and what time alone decides."""
