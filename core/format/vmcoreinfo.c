// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vmcoreinfo.c - find values in VMCOREINFO text.
 */
#include "vmcoreinfo.h"

/* If the key of the line at @at is @key, returns its value, else NULL. */
static const char *vmcoreinfo_match_key(const char *at, const char *end, const char *key)
{
	for (; *key; key++, at++)
		if (at == end || *at != *key)
			return NULL;
	return at < end && *at == '=' ? at + 1 : NULL;
}

static const char *vmcoreinfo_find_eol(const char *at, const char *end)
{
	while (at < end && *at != '\n')
		at++;
	return at;
}

const char *vmcoreinfo_find(const struct vmcoreinfo *vi, const char *key, size_t *len)
{
	const char *at = vi->text, *end = vi->text + vi->size;

	while (at < end) {
		const char *value = vmcoreinfo_match_key(at, end, key);

		if (value) {
			*len = (size_t)(vmcoreinfo_find_eol(value, end) - value);
			return value;
		}
		at = vmcoreinfo_find_eol(at, end);
		if (at < end)
			at++;
	}
	return NULL;
}

/* The value of a digit of base 16 or less. Returns 16 if @c is not a digit. */
static unsigned int vmcoreinfo_digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

static bool vmcoreinfo_parse_digits(const char *at, size_t len, unsigned int base, u64 *value)
{
	u64 v = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int digit = vmcoreinfo_digit_value(at[i]);

		if (digit >= base || v > (~0ULL - digit) / base)
			return false;
		v = v * base + digit;
	}
	*value = v;
	return len > 0;
}

bool vmcoreinfo_hex(const struct vmcoreinfo *vi, const char *key, u64 *value)
{
	size_t len;
	const char *at = vmcoreinfo_find(vi, key, &len);

	if (!at)
		return false;
	if (len > 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
		at += 2;
		len -= 2;
	}
	return vmcoreinfo_parse_digits(at, len, 16, value);
}

bool vmcoreinfo_num(const struct vmcoreinfo *vi, const char *key, u64 *value)
{
	size_t len;
	const char *at = vmcoreinfo_find(vi, key, &len);
	bool negative = at && len && *at == '-';

	if (!at || !vmcoreinfo_parse_digits(at + negative, len - negative, 10, value))
		return false;
	if (negative)
		*value = -*value;
	return true;
}
