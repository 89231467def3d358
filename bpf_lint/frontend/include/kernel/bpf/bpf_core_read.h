/* What programs take from a <bpf/bpf_core_read.h>.
 *
 * A chain of members is read by one access instead of one read for each pointer: what comes out
 * is the same unknown value.
 */
#pragma once

#include <bpf/bpf_helpers.h>

enum bpf_field_info_kind {
	BPF_FIELD_BYTE_OFFSET = 0,
	BPF_FIELD_BYTE_SIZE = 1,
	BPF_FIELD_EXISTS = 2,
	BPF_FIELD_SIGNED = 3,
	BPF_FIELD_LSHIFT_U64 = 4,
	BPF_FIELD_RSHIFT_U64 = 5,
};

enum bpf_type_id_kind {
	BPF_TYPE_ID_LOCAL = 0,
	BPF_TYPE_ID_TARGET = 1,
};

enum bpf_type_info_kind {
	BPF_TYPE_EXISTS = 0,
	BPF_TYPE_SIZE = 1,
	BPF_TYPE_MATCHES = 2,
};

enum bpf_enum_value_kind {
	BPF_ENUMVAL_EXISTS = 0,
	BPF_ENUMVAL_VALUE = 1,
};

#define ___core_count(...) ___core_nth(__VA_ARGS__, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define ___core_nth(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, N, ...) N
#define ___core_join(a, b) ___core_join_(a, b)
#define ___core_join_(a, b) a##b
#define ___core_path2(a, b) (a)->b
#define ___core_path3(a, b, c) (a)->b->c
#define ___core_path4(a, b, c, d) (a)->b->c->d
#define ___core_path5(a, b, c, d, e) (a)->b->c->d->e
#define ___core_path6(a, b, c, d, e, f) (a)->b->c->d->e->f
#define ___core_path7(a, b, c, d, e, f, g) (a)->b->c->d->e->f->g
#define ___core_path8(a, b, c, d, e, f, g, h) (a)->b->c->d->e->f->g->h
#define ___core_path9(a, b, c, d, e, f, g, h, i) (a)->b->c->d->e->f->g->h->i
#define ___core_path10(a, b, c, d, e, f, g, h, i, j) (a)->b->c->d->e->f->g->h->i->j
#define ___core_path(...) ___core_join(___core_path, ___core_count(__VA_ARGS__))(__VA_ARGS__)
#define ___core_read(helper, dst, ...) \
	helper((void *)(dst), sizeof(*(dst)), (const void *)&___core_path(__VA_ARGS__))
#define ___core_value(helper, ...) ({ \
	__typeof__(___core_path(__VA_ARGS__)) ___value; \
	___core_read(helper, &___value, __VA_ARGS__); \
	___value; \
})

#define bpf_core_read(dst, size, src) bpf_probe_read_kernel(dst, size, (const void *)(src))
#define bpf_core_read_user(dst, size, src) bpf_probe_read_user(dst, size, (const void *)(src))
#define bpf_core_read_str(dst, size, src) bpf_probe_read_kernel_str(dst, size, (const void *)(src))
#define bpf_core_read_user_str(dst, size, src) \
	bpf_probe_read_user_str(dst, size, (const void *)(src))

#define BPF_CORE_READ(...) ___core_value(bpf_probe_read_kernel, __VA_ARGS__)
#define BPF_CORE_READ_USER(...) ___core_value(bpf_probe_read_user, __VA_ARGS__)
#define BPF_PROBE_READ(...) ___core_value(bpf_probe_read_kernel, __VA_ARGS__)
#define BPF_PROBE_READ_USER(...) ___core_value(bpf_probe_read_user, __VA_ARGS__)
#define BPF_CORE_READ_INTO(dst, ...) ___core_read(bpf_probe_read_kernel, dst, __VA_ARGS__)
#define BPF_CORE_READ_USER_INTO(dst, ...) ___core_read(bpf_probe_read_user, dst, __VA_ARGS__)
#define BPF_PROBE_READ_INTO(dst, ...) ___core_read(bpf_probe_read_kernel, dst, __VA_ARGS__)
#define BPF_PROBE_READ_USER_INTO(dst, ...) ___core_read(bpf_probe_read_user, dst, __VA_ARGS__)
#define BPF_CORE_READ_STR_INTO(dst, ...) ___core_read(bpf_probe_read_kernel_str, dst, __VA_ARGS__)
#define BPF_CORE_READ_USER_STR_INTO(dst, ...) ___core_read(bpf_probe_read_user_str, dst, __VA_ARGS__)
#define BPF_PROBE_READ_STR_INTO(dst, ...) ___core_read(bpf_probe_read_kernel_str, dst, __VA_ARGS__)
#define BPF_PROBE_READ_USER_STR_INTO(dst, ...) ___core_read(bpf_probe_read_user_str, dst, __VA_ARGS__)
#define BPF_CORE_READ_BITFIELD(s, field) ((unsigned long long)(s)->field)
#define BPF_CORE_READ_BITFIELD_PROBED(s, field) ((unsigned long long)(s)->field)
#define BPF_CORE_WRITE_BITFIELD(s, field, value) ((s)->field = (value))

#define ___core_field1(access) access
#define ___core_field2(type, field) ((__typeof__(type) *)0)->field
#define ___core_field(...) ___core_join(___core_field, ___core_count(__VA_ARGS__))(__VA_ARGS__)
#define bpf_core_field_exists(field...) \
	__builtin_preserve_field_info(___core_field(field), BPF_FIELD_EXISTS)
#define bpf_core_field_size(field...) \
	__builtin_preserve_field_info(___core_field(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) \
	__builtin_preserve_field_info(___core_field(field), BPF_FIELD_BYTE_OFFSET)
#define bpf_core_type_id_local(type) \
	__builtin_btf_type_id(*(__typeof__(type) *)0, BPF_TYPE_ID_LOCAL)
#define bpf_core_type_id_kernel(type) \
	__builtin_btf_type_id(*(__typeof__(type) *)0, BPF_TYPE_ID_TARGET)
#define bpf_core_type_exists(type) \
	__builtin_preserve_type_info(*(__typeof__(type) *)0, BPF_TYPE_EXISTS)
#define bpf_core_type_matches(type) \
	__builtin_preserve_type_info(*(__typeof__(type) *)0, BPF_TYPE_MATCHES)
#define bpf_core_type_size(type) \
	__builtin_preserve_type_info(*(__typeof__(type) *)0, BPF_TYPE_SIZE)
#define bpf_core_enum_value_exists(type, value) \
	__builtin_preserve_enum_value(*(__typeof__(type) *)value, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(type, value) \
	__builtin_preserve_enum_value(*(__typeof__(type) *)value, BPF_ENUMVAL_VALUE)

extern void *bpf_rdonly_cast(const void *object, unsigned int type_id) __weak __ksym;
#define bpf_core_cast(ptr, type) \
	((__typeof__(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))
