/* Function statics are file-scope variables named after their function. */
static const int table[3] = { 1, [2] = 5 };
static int counter = 4;

int f(int i)
{
	static int calls = 7;
	static const char *const text = "hello";
	extern int elsewhere;

	calls++;
	counter += elsewhere;
	return table[i] + calls + text[0] + "xyz"[i];
}
