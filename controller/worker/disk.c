/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/loopdev.h"
#include "worker/luks.h"
#include "worker/program.h"

#define CHANGES "/run/changes" /* on a tmpfs */
#define CHANGES_SIZE \
	(1200L << 20) /* a journal of ext4 that Debian makes has 1 GiB at most; sparse */
#define CHUNK_SECTORS 8
#define SECTOR	      512
#define SNAPSHOT      "patient"
#define MAPPED	      "/dev/mapper/" SNAPSHOT
#define FLAGS	      (MS_NODEV | MS_NOSUID | MS_NOEXEC)

/* Return: 0 with the loop device's path in @loop; it stays for as long as this domain. */
static int make_changes(char *loop)
{
	int fd = open(CHANGES, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), dev;

	if (fd < 0)
		return -1;
	dev = ftruncate(fd, CHANGES_SIZE) < 0 ? -1 : loopdev_open(fd, true, false, loop);
	close(fd);
	return dev < 0 ? -1 : 0;
}

/* The kernel may be about to look for partitions, and is not asked whether it has. Return: sectors, or -1. */
static int64_t look_at(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC), rc;
	uint64_t bytes = 0;

	if (fd < 0)
		return -1;
	rc = ioctl(fd, BLKGETSIZE64, &bytes);
	/* A table that it can't read is no partitions. */
	if (!rc && ioctl(fd, BLKRRPART) < 0)
		errno = 0;
	close(fd);
	return rc < 0 ? -1 : (int64_t)(bytes / SECTOR);
}

static int map(const char *name, const char *table)
{
	const char *argv[] = {"dmsetup", "create", name, "--table", table, NULL};

	return program_run(argv);
}

static int make_snapshot(const char *device, int64_t sectors)
{
	char loop[LOOPDEV_PATH_SIZE], table[128];

	if (make_changes(loop) < 0)
		return -1;
	snprintf(table, sizeof(table), "0 %lld snapshot %s %s N %d", (long long)sectors, device,
		 loop, CHUNK_SECTORS);
	return map(SNAPSHOT, table);
}

int disk_open(struct disk *d, char *error, size_t size)
{
	const char *modules[] = {"modprobe", "-a",  "loop", "dm-mod", "dm-snapshot",
				 "ext4",     "xfs", "vfat", NULL};
	int64_t sectors = look_at(d->device);

	snprintf(d->base, sizeof(d->base), "%s", d->writable ? d->device : MAPPED);
	if (sectors > 0 && program_run(modules) == 0 &&
	    (d->writable || make_snapshot(d->device, sectors) == 0))
		return 0;
	snprintf(error, size, "the disk can't be made ready: %s", strerror(errno));
	return -1;
}

/* The kernel has no partitions of what is mapped. */
int disk_part(const struct disk *d, unsigned int number, uint64_t start, uint64_t sectors,
	      char device[VOLUME_NAME])
{
	char name[32], table[VOLUME_NAME + 64];

	snprintf(device, VOLUME_NAME, "%.100s%u", d->base, number);
	if (d->writable)
		return 0;
	snprintf(name, sizeof(name), SNAPSHOT "%u", number);
	snprintf(table, sizeof(table), "0 %" PRIu64 " linear %s %" PRIu64, sectors, d->base, start);
	return map(name, table);
}

const char *disk_lvm_filter(const struct disk *d)
{
	return d->writable ? "^(/dev/xvda|" LUKS_MAPPED ")[0-9]*$"
			   : "^(" MAPPED "|" LUKS_MAPPED ")[0-9]*$";
}

int disk_mount(const struct disk *d, const struct volume *v, const char *at)
{
	/* What the kernel stumbles over it skips: names that are never listed, and yet can be opened. */
	const char *errors = d->writable ? "errors=remount-ro" : "errors=panic";
	const char *type = !strncmp(v->type, "ext", 3) ? "ext4" : v->type;
	char options[64];

	if (!strcmp(type, "xfs"))
		snprintf(options, sizeof(options), "nouuid"); /* errors are always told of */
	else
		snprintf(options, sizeof(options), "%s%s", errors,
			 !strcmp(type, "vfat") ? ",utf8,iocharset=ascii" : "");
	return mount(v->device, at, type, FLAGS | (d->writable ? 0 : MS_RDONLY), options);
}
