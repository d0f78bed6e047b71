"""The REST endpoints of Braze, for back ends that call Braze today: same paths, fields, limits and answers. Source: ``field`` 1(d)."""
