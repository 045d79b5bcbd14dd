/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loopdev.h"

#define CHANGES "/run/changes" /* on a tmpfs */
#define CHANGES_SIZE \
	(1200L << 20) /* a journal of ext4 that Debian makes has 1 GiB at most; sparse */
#define CHUNK_SECTORS 8
#define SECTOR	      512
#define SNAPSHOT      "patient"
#define MAPPED	      "/dev/mapper/" SNAPSHOT
#define DISK_FLAGS    (MS_NODEV | MS_NOSUID | MS_NOEXEC)

int disk_run(const char *const argv[])
{
	static char *const none[] = {(char *)"PATH=/usr/bin", (char *)"DM_DISABLE_UDEV=1", NULL};
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, none) != 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

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

static int64_t sectors_of(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	uint64_t bytes = 0;
	int rc;

	if (fd < 0)
		return -1;
	rc = ioctl(fd, BLKGETSIZE64, &bytes);
	close(fd);
	return rc < 0 ? -1 : (int64_t)(bytes / SECTOR);
}

static int make_snapshot(const char *device)
{
	const char *argv[] = {"dmsetup", "create", SNAPSHOT, "--table", NULL, NULL};
	int64_t sectors = sectors_of(device);
	char loop[LOOPDEV_PATH_SIZE], table[128];

	if (sectors <= 0 || make_changes(loop) < 0)
		return -1;
	snprintf(table, sizeof(table), "0 %lld snapshot %s %s N %d", (long long)sectors, device,
		 loop, CHUNK_SECTORS);
	argv[4] = table;
	return disk_run(argv);
}

static int mount_at(const char *device, const char *at, unsigned long flags, const char *options,
		    char *error, size_t size)
{
	if ((mkdir(at, 0700) == 0 || errno == EEXIST) &&
	    mount(device, at, "ext4", DISK_FLAGS | flags, options) == 0)
		return 0;
	snprintf(error, size,
		 "the disk has no ext4 file system on it as a whole that can be mounted: %s",
		 strerror(errno));
	return -1;
}

int disk_mount(const char *device, const char *at, char *error, size_t size)
{
	const char *modules[] = {"modprobe", "-a", "loop", "dm-snapshot", "ext4", NULL};

	if (disk_run(modules) < 0 || make_snapshot(device) < 0) {
		snprintf(error, size, "no snapshot of the disk can be made: %s", strerror(errno));
		return -1;
	}
	/* What the kernel stumbles over it skips: names that are never listed, and yet can be opened. */
	return mount_at(MAPPED, at, MS_RDONLY, "errors=panic", error, size);
}

int disk_mount_writable(const char *device, const char *at, char *error, size_t size)
{
	const char *modules[] = {"modprobe", "ext4", NULL};

	if (disk_run(modules) < 0) {
		snprintf(error, size, "the kernel has no ext4");
		return -1;
	}
	return mount_at(device, at, 0, "errors=remount-ro", error, size);
}
