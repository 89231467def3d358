"""Who calls whom: functions, helpers and tail calls, across objects."""
