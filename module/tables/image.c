// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * image.c - the read-only page frames of the kernel image.
 */
#include "bits.h"
#include "image.h"

static u64 image_frames(const struct track_image *image)
{
	return (image->end - image->start) >> 12;
}

static size_t image_bytes(const struct track_image *image)
{
	return port_own_bytes(image_frames(image) / 8);
}

int track_image_open(struct track_image *image, u64 start, u64 end, u64 first)
{
	memset(image, 0, sizeof(*image));
	if (end <= start || (start | end) % (LD_CHUNK << 12) || first % LD_CHUNK)
		return 0;
	image->start = start;
	image->end = end;
	image->first = first;
	image->fixed = port_alloc(image_bytes(image));
	image->code = port_alloc(image_bytes(image));
	return image->fixed && image->code ? 0 : -ENOMEM;
}

void track_image_close(struct track_image *image)
{
	if (image->fixed)
		port_free(image->fixed, image_bytes(image));
	if (image->code)
		port_free(image->code, image_bytes(image));
	memset(image, 0, sizeof(*image));
}

/* Cut the @nr pages at *@at to the part in the image. Returns the number of pages left. */
static u64 image_cut(const struct track_image *image, u64 *at, u64 nr)
{
	u64 end = *at + (nr << 12);

	if (*at >= image->end || end <= image->start)
		return 0;
	if (*at < image->start)
		*at = image->start;
	if (end > image->end)
		end = image->end;
	return (end - *at) >> 12;
}

void track_image_add(struct track_image *image, u64 at, u64 pfn, u64 nr, bool code)
{
	u64 i = (at - image->start) >> 12;

	if (code && !image->counted)
		return;
	/* Ignore other addresses, and page frames that are not the image's own. */
	if (at < image->start || at + (nr << 12) > image->end || pfn != image->first + i)
		return;
	for (u64 bit = i; bit < i + nr; bit = (bit / 64 + 1) * 64) {
		u64 mask = track_word_mask(bit, i + nr);

		track_set_bits(&image->fixed[bit / 64], mask);
		if (code)
			track_set_bits(&image->code[bit / 64], mask);
	}
}

void track_image_drop(struct track_image *image, u64 at, u64 nr)
{
	u64 i, end;

	nr = image_cut(image, &at, nr);
	i = (at - image->start) >> 12;
	end = i + nr;
	for (u64 bit = i; bit < end; bit = (bit / 64 + 1) * 64)
		track_clear_bits(&image->fixed[bit / 64], track_word_mask(bit, end));
}

const u64 *track_image_fixed(const struct track_image *image, u64 chunk)
{
	u64 first = image->first / LD_CHUNK;

	if (chunk < first || chunk - first >= image_frames(image) / LD_CHUNK)
		return NULL;
	return &image->fixed[(chunk - first) * LD_CHUNK_WORDS];
}

void track_image_patched(const struct track_image *image, struct ld_map *changed)
{
	u64 nr = image_frames(image), end;

	for (u64 i = 0; (i = ld_bit_next(image->code, i, nr, true)) < nr; i = end) {
		end = ld_bit_next(image->code, i, nr, false);
		track_map_change(changed, image->first + i, image->first + end, true);
	}
}
