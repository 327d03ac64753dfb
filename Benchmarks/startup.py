# Start-up and end of an empty program; reported on a line of its own.
pass
