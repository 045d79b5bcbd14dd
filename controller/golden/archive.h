/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden values of what an archive would unpack: Debian packages, initramfs images, root trees
 * as tar. libarchive reads them; nothing is ever unpacked.
 */
#ifndef LAZARET_ARCHIVE_H
#define LAZARET_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "golden/debian.h"
#include "golden/partial.h"
#include "golden/values.h"

/* Bytes that one archive may unpack to, and entries it may have: beyond that it is a bomb. */
#define ARCHIVE_BYTES_MAX   (UINT64_C(64) << 30)
#define ARCHIVE_ENTRIES_MAX 4000000

/**
 * struct archive_options - how to read
 * @split_usr:	leave /bin, /sbin and /lib… of packages as they are; without it they become
 *		/usr/…, which is where IMA sees their files since Debian 12
 * @alg:	of the digests; NULL: hasher_default()
 * @partial:	where what was read is noted, and need not be read again; NULL: nowhere
 * @wanted:	Debian packages that are not in this list are left out; NULL: none are
 */
struct archive_options {
	bool split_usr;
	const struct alg *alg;
	struct partial *partial;
	const struct debian_list *wanted;
};

/**
 * struct archive_result - what was found
 * @files:	regular files, links to them included
 * @bytes:	hashed
 * @unwanted:	it is a Debian package that is not in the list
 * @package:	of a Debian package what its control file says of it; else empty
 */
struct archive_result {
	uint64_t files;
	uint64_t bytes;
	bool unwanted;
	struct debian_package package;
};

/**
 * archive_values() - hash each regular file in an archive
 * @path:	a .deb, a tar or a cpio archive («newc», as the kernel reads it), compressed by gzip, xz,
 *		zstd, bzip2, lzma, lz4 or not. Several cpio archives may follow one another, as in an initramfs
 *		(kernel: Documentation/driver-api/early-userspace/buffer-format.rst)
 * @out:	values are added to it, whatever is returned
 * @result:	written if 0 is returned
 * @error:	BUILD_ERROR_MAX bytes, written if -1 is returned: with the byte where reading ended
 *
 * A name with «..» in it, or a file that is cut off, fails. Thread-safe.
 *
 * Return: 0, or -1.
 */
int archive_values(const char *path, const struct archive_options *options, struct values *out,
		   struct archive_result *result, char *error);

#endif
