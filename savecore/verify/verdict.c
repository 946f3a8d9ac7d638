// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verdict.c - what follows from verifying a dump.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "verdict.h"

static enum verdict_kind verdict_of_errno(int ret)
{
	switch (-ret) {
	case 0:
		return VERDICT_GOOD;
	case ENOMEM:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOSYS:
	case EOPNOTSUPP:
		return VERDICT_UNKNOWN;
	default:
		return VERDICT_UNREADABLE;
	}
}

int verdict_reach(struct verdict *v, int fd, const char *name, const struct verify_options *opt,
		  struct error *err)
{
	struct error why = { 0 };

	*v = (struct verdict){ 0 };
	v->ret = verify_dump(fd, name, opt, &v->report, &why);
	if (v->ret == -EBADMSG || v->ret == -ECANCELED) {
		if (why.text[0])
			error_take(err, NULL, &why);
		return v->ret;
	}
	v->kind = verdict_of_errno(v->ret);
	v->why = why;
	return 0;
}

const char *verdict_doubt(const struct verdict *v)
{
	if (v->kind != VERDICT_UNKNOWN && v->kind != VERDICT_UNREADABLE)
		return NULL;
	return v->ret == -ENOMEM ? "not enough memory" : strerror(-v->ret);
}

void verdict_say(const struct verdict *v)
{
	if (v->kind == VERDICT_UNKNOWN)
		fprintf(say_err(), "savecore: not verified: %s\n", v->why.text);
}

int verdict_explain(const struct verdict *v, struct error *err)
{
	if (v->kind != VERDICT_UNREADABLE)
		return 0;
	error_take(err, "the dump was kept but cannot be read again", &v->why);
	return v->ret;
}
