/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/log.h"
#include "store/store.h"

bool reserve_whole(const struct store *store)
{
	return store->reserve_bytes >= STORE_RESERVE_BYTES;
}

bool reserve_make(struct store *store)
{
	int fd = open(store->reserve, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st = {0};

	store->reserve_bytes = 0;
	if (fd < 0)
		return false;
	if (!posix_fallocate(fd, 0, STORE_RESERVE_BYTES)) {
		store->reserve_bytes = STORE_RESERVE_BYTES;
	} else if (!fstat(fd, &st) && !ftruncate(fd, st.st_size)) {
		/* What it got beyond its end is given back: others need it more. */
		store->reserve_bytes = st.st_size;
	}
	close(fd);
	return reserve_whole(store);
}

bool reserve_give(struct store *store)
{
	int64_t rest =
		store->reserve_bytes > RESERVE_STEP ? store->reserve_bytes - RESERVE_STEP : 0;

	if (store->reserve_bytes <= 0 || truncate(store->reserve, rest) < 0)
		return false;
	store->reserve_bytes = rest;
	log_warnx("journal: disk full: %lld KiB of its reserve are left", (long long)rest >> 10);
	return true;
}

void reserve_refill(struct store *store)
{
	struct statvfs fs;

	if (reserve_whole(store))
		return;
	if (!statvfs(store->reserve, &fs) &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)RESERVE_ROOM)
		return;
	if (reserve_make(store))
		log_info("journal: its reserve is whole again");
}
