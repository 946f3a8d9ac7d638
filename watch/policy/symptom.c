// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * symptom.c - what tells that two triggers have the same cause.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "symptom.h"

/* A word of this many hexadecimal digits is an address, if one of them is a decimal one. */
#define HEX_MIN		4U

static bool symptom_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool symptom_is_word(char c)
{
	return symptom_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the whole word is a number: it begins with a digit, or is an address. */
static bool symptom_is_number(const char *word, size_t len)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	bool digit = false;

	if (symptom_is_digit(*word))
		return true;
	for (size_t i = 0; i < len; i++) {
		if (!strchr(hex, word[i]))
			return false;
		digit |= symptom_is_digit(word[i]);
	}
	return digit && len >= HEX_MIN;
}

void symptom_strip(char *buf, const char *message)
{
	size_t at = 0;

	while (*message && at < SYMPTOM_TEXT_MAX - 1) {
		size_t len = 0;

		while (symptom_is_word(message[len]))
			len++;
		if (!len) {
			buf[at++] = *message++;
		} else if (symptom_is_number(message, len)) {
			buf[at++] = '#';
			message += len;
		} else {
			/* Of a name such as sda1 only the number is left out. */
			for (size_t i = 0; i < len && at < SYMPTOM_TEXT_MAX - 1; i++) {
				if (!symptom_is_digit(message[i]))
					buf[at++] = message[i];
				else if (!symptom_is_digit(message[i - 1]))
					buf[at++] = '#';
			}
			message += len;
		}
	}
	buf[at] = '\0';
}

/* FNV-1a. The numbers are in the state file, so they stay the same. */
static u64 symptom_add(u64 hash, const char *text)
{
	do {
		hash ^= (u8)*text;
		hash *= 0x100000001b3ULL;
	} while (*text++);
	return hash;
}

u64 symptom_of(const char *rule, const char *message, const char *function)
{
	char text[SYMPTOM_TEXT_MAX];
	u64 hash = 0xcbf29ce484222325ULL;

	symptom_strip(text, message);
	hash = symptom_add(hash, rule);
	hash = symptom_add(hash, text);
	hash = symptom_add(hash, function);
	return hash ? hash : 1;
}

u64 symptom_of_signature(const char *signature)
{
	return symptom_of("signature", "", signature);
}

void symptom_text(char *buf, u64 symptom)
{
	snprintf(buf, SYMPTOM_HEX, "%016" PRIx64, symptom);
}
