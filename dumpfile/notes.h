/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notes.h - the ELF notes of a dump, in memory. Both formats have them.
 */
#ifndef LIVEDUMP_DUMPFILE_NOTES_H
#define LIVEDUMP_DUMPFILE_NOTES_H

#include "core/format/seal.h"
#include "core/format/vmcoreinfo.h"
#include "file.h"

#define DUMPFILE_CPUS_MAX	8192U
#define NOTES_RELEASE_SIZE	65U	/* bytes of a kernel's release, with its NUL */

struct notes {
	u8 *data;			/* all notes, one after the other */
	size_t size;			/* bytes */
	u64 off;			/* in the file, in bytes */
	/* Where the header has VMCOREINFO, too, in bytes of the file; size 0: it has not. */
	u64 vmcoreinfo_off;
	u64 vmcoreinfo_size;

	/* Set by notes_parse(). */
	struct vmcoreinfo vmcoreinfo;	/* its text is in data */
	char release[NOTES_RELEASE_SIZE];	/* of the kernel in the dump */
	unsigned int nr_prstatus;	/* number of CPUs with registers */
	bool sealed;			/* there is a seal: savecore has written the dump */
};

/* One note. Both pointers point into notes.data. */
struct note {
	const char *name;		/* terminated */
	u32 type;
	const u8 *desc;
	size_t desc_size;		/* bytes */
};

/*
 * Get the note at byte *@at of the notes, and set *@at to the next one; begin with
 * 0. Returns 1, 0 if there are no more, or a negative errno.
 */
int notes_next(const struct dumpfile_file *f, const struct notes *n, size_t *at,
	       struct note *note, struct error *err);

/*
 * Copy the seal, if there is one, to @seal, and its offset in the file, in bytes,
 * to *@off. Returns 1, 0 if there is none, or a negative errno.
 */
int notes_find_seal(const struct dumpfile_file *f, const struct notes *n, struct ld_seal *seal,
		    u64 *off, struct error *err);

/*
 * Copy why the dump was taken, if it has a note that says so, to @text, of
 * LIVEDUMP_REASON_MAX + 1 bytes, else "". Returns 0 or a negative errno.
 */
int notes_find_reason(const struct dumpfile_file *f, const struct notes *n, char *text,
		      struct error *err);

/*
 * Check that @vi is no longer than a kernel's, that its lines are KEY=VALUE with keys
 * like those of a kernel, and that no key is a directory of others, as X is if there
 * are both X and X.Y. Takes time and memory in proportion to its size.
 */
int notes_check_vmcoreinfo(const struct dumpfile_file *f, const struct vmcoreinfo *vi,
			   struct error *err);

/*
 * Find VMCOREINFO and the release of the kernel, and count the NT_PRSTATUS notes.
 * A dump without VMCOREINFO or without a release in it is bad. So is a dump of Xen,
 * one with two notes of VMCOREINFO, and one whose header has another VMCOREINFO than the
 * notes: a reader may take either.
 */
int notes_parse(const struct dumpfile_file *f, struct notes *n, struct error *err);

#endif
