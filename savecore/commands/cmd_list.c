// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_list.c - savecore --list: the live dumps in a directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "cmd_list.h"
#include "list.h"
#include "savecore/dumps/dumps.h"
#include "savecore/sandbox/confine.h"

static int list_open(const struct options *opt, struct error *err)
{
	int dir = open(opt->target.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = -errno;

	if (dir >= 0)
		return dir;
	error_set(err, "%s: %s\nname a directory of dumps that you may read",
		  opt->target.directory, strerror(-ret));
	return ret;
}

/* What the info files say is text that another program may have written. */
static int list_confine(const struct options *opt, int dir, struct error *err)
{
	const struct sandbox sandbox = { .dir = dir, .looks = true };
	const struct confine_params params = {
		.off = opt->no_sandbox,
		.verbose = opt->verbose,
	};

	return confine(&sandbox, NULL, &params, err);
}

static int list_read(struct dump_list *list, int dir, struct trust *trust, const char *path,
		     struct error *err)
{
	int ret = trust_read(trust, dir);

	if (!ret)
		ret = dumps_read(list, dir, trust);
	if (ret)
		error_set(err, "%s: %s\nname a directory of dumps that you may read", path,
			  strerror(-ret));
	return ret;
}

int cmd_list(const struct options *opt, struct reply *reply, struct error *err)
{
	const char *path = opt->target.directory;
	struct dump_list list = { 0 };
	struct trust trust;
	int dir, ret;

	dir = list_open(opt, err);
	ret = dir < 0 ? dir : list_confine(opt, dir, err);
	if (!ret)
		ret = list_read(&list, dir, &trust, path, err);
	if (!ret && opt->target.json)
		reply_report(reply, list_json(&list, dir, &trust, path));
	else if (!ret)
		list_print(&list, dir, &trust, say_out());
	if (!ret && list.foreign)
		fprintf(say_err(), "savecore: %zu dumps of other users are not listed\n",
			list.foreign);
	dumps_free(&list);
	if (dir >= 0)
		close(dir);
	error_classify(err, ret);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
