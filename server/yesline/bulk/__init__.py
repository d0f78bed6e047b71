"""Lists of people as files, in and out: what the commands and the HTTP doors share."""
