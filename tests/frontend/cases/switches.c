/* Fallthrough, ranges, default in the middle, labels inside nested blocks. */
#define fallthrough __attribute__((fallthrough))
int g(int);

int f(int kind, int len)
{
	int r = 0;

	switch (kind) {
	case 1:
		r = 1;
		fallthrough;
	case 2:
		r += 2;
		break;
	default:
		r = 9;
		break;
	case 5 ... 8:
	case 10:
		return g(5);
	}
	switch (len & 3) {
	case 3:
		do {
			r = g(r);
	case 1:
			r++;
		} while (r < 10);
	}
	return r;
}
