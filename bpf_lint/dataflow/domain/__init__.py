"""What values, memory and states can be: orders, joins, widening."""
