/* Redirects whose verdict is lost or replaced, and tail calls that find no program. */
#include "pair.h"

enum { FIRST, PASSES, FORGOTTEN };

CALLS(more_calls, 8);

static __always_inline int to_first(struct __sk_buff *skb)
{
	if (skb->len)
		return bpf_redirect(HOST_CIL0, 0); /* want: discarded-redirect "" */
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in, calls to_first */
SEC("uplink-ingress")
int handed_on_wrong(struct __sk_buff *skb)
{
	if (to_first(skb) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int handed_on_right(struct __sk_buff *skb)
{
	int verdict = to_first(skb);

	if (verdict < 0)
		return TC_ACT_SHOT;
	return verdict;
}

static __always_inline int sends(struct __sk_buff *skb)
{
	return skb->len ? bpf_redirect(HOST_CIL0, 0) : TC_ACT_OK; /* want: discarded-redirect "" */
}

/* Every verdict but one is an error to it. */
/* goal: HOST_CIL1:in, calls sends */
SEC("uplink-ingress")
int taken_for_an_error_wrong(struct __sk_buff *skb)
{
	if (sends(skb) != TC_ACT_OK)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int taken_for_an_error_right(struct __sk_buff *skb)
{
	int verdict = sends(skb);

	if (verdict != TC_ACT_OK && verdict != TC_ACT_REDIRECT)
		return TC_ACT_SHOT;
	return verdict;
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int overwritten_wrong(struct __sk_buff *skb)
{
	int verdict = bpf_redirect(HOST_CIL0, 0); /* want: discarded-redirect "" */

	if (skb->len)
		verdict = TC_ACT_OK;
	return verdict;
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int overwritten_right(struct __sk_buff *skb)
{
	int verdict = TC_ACT_OK;

	if (skb->len)
		verdict = bpf_redirect(HOST_CIL0, 0);
	return verdict;
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int shadowed_wrong(struct xdp_md *xdp)
{
	int verdict = XDP_PASS;

	if (xdp->data) {
		int verdict = bpf_redirect(HOST_CIL0, 0); /* want: discarded-redirect "" */

		(void)verdict;
	}
	return verdict;
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int shadowed_right(struct xdp_md *xdp)
{
	int verdict = XDP_PASS;

	if (xdp->data)
		verdict = bpf_redirect(HOST_CIL0, 0);
	return verdict;
}

SEC_TAIL(8, 1)
int lets_pass(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

/* The called program ends with a verdict of its own. */
/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int before_a_call_wrong(struct __sk_buff *skb)
{
	int verdict = bpf_redirect(HOST_CIL0, 0); /* want: discarded-redirect "" */

	bpf_tail_call(skb, &more_calls, PASSES);
	return verdict;
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int before_a_call_right(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &more_calls, FIRST);
	return TC_ACT_SHOT;
}

/* The second target replaces the first, which gets nothing. */
/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int both_wrong(struct __sk_buff *skb)
{
	int verdict = bpf_redirect(HOST_CIL0, 0);

	if (skb->len)
		verdict = bpf_redirect(HOST_ETH0, 0); /* want: rearmed-redirect "earlier" */
	return verdict;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int both_right(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_CIL0, 0);
	return bpf_redirect(HOST_ETH0, 0);
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int called_wrong(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &more_calls, FORGOTTEN); /* want: tail-call-mismatch "more_calls" */
	return TC_ACT_SHOT;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int called_right(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &more_calls, FIRST);
	return TC_ACT_SHOT;
}

SEC_TAIL(8, 0)
int sends_to_first(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0);
}
