/* Scalars are registers unless their address is taken; parameters too. */
void sink(int *p);

int f(int plain, int taken)
{
	int reg = plain, memory = 2, nothing;

	sink(&memory);
	sink(&taken);
	sink(&(nothing));
	reg += memory;
	{
		int reg = taken;
		plain = reg;
	}
	return reg + plain;
}
