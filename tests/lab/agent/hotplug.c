// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Xen's hotplug scripts "block" and "vif-bridge" do for the lab's guests, in one process
 * instead of thirty: each process costs an emulated dom0 a tenth of a second, and libxl gives up
 * after ten. libxl runs it as lab-block (for a disk that is a block device) or lab-vif (for a card
 * on a bridge), with the backend's directory of xenstore in XENBUS_PATH.
 */

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <xenstore.h>

#define PATH_LENGTH 256

/* Write one value below the backend's directory. */
static bool put(struct xs_handle *xs, const char *name, const char *value)
{
	char path[PATH_LENGTH];

	snprintf(path, sizeof(path), "%s/%s", getenv("XENBUS_PATH"), name);
	return xs_write(xs, XBT_NULL, path, value, (unsigned int)strlen(value));
}

/* Read one; the caller frees it. */
static char *get(struct xs_handle *xs, const char *name)
{
	char path[PATH_LENGTH];

	snprintf(path, sizeof(path), "%s/%s", getenv("XENBUS_PATH"), name);
	return xs_read(xs, XBT_NULL, path, NULL);
}

/* Tell blkback which device it is. */
static bool connect_block(struct xs_handle *xs)
{
	char *file = get(xs, "params"), numbers[32], real[PATH_LENGTH * 16];
	struct stat st;

	if (!file || stat(file, &st) || !S_ISBLK(st.st_mode) || !realpath(file, real)) {
		free(file);
		return false;
	}
	free(file);
	snprintf(numbers, sizeof(numbers), "%x:%x", major(st.st_rdev), minor(st.st_rdev));
	return put(xs, "physical-device", numbers) && put(xs, "physical-device-path", real);
}

/* Put the card, or what a device model has for an emulated one, onto its bridge, and both up. */
static bool connect_vif(struct xs_handle *xs, bool is_tap)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char *bridge = get(xs, "bridge"), *vif = getenv(is_tap ? "INTERFACE" : "vif");
	struct ifreq request = {0};
	bool ok = false;

	if (bridge && vif && fd >= 0) {
		snprintf(request.ifr_name, IFNAMSIZ, "%s", bridge);
		request.ifr_ifindex = (int)if_nametoindex(vif);
		ok = ioctl(fd, SIOCBRADDIF, &request) == 0 || errno == EBUSY;
		snprintf(request.ifr_name, IFNAMSIZ, "%s", vif);
		ok = ok && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
		request.ifr_flags |= IFF_UP;
		ok = ok && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	}
	free(bridge);
	return ok;
}

int main(int argc, char **argv)
{
	bool is_vif = strstr(argv[0], "vif"), is_tap = argc > 2 && strstr(argv[2], "tap");
	struct xs_handle *xs;
	bool ok;

	/* Going away needs nothing: devices leave their bridge with their backend. */
	if (argc < 2 || (strcmp(argv[1], "add") && strcmp(argv[1], "online")))
		return 0;
	xs = xs_open(0);
	if (!xs || !getenv("XENBUS_PATH"))
		return 1;
	ok = is_vif ? connect_vif(xs, is_tap) : connect_block(xs);
	if (!ok)
		put(xs, "hotplug-error", strerror(errno));
	if (is_tap)
		return ok ? 0 : 1;
	return put(xs, "hotplug-status", ok ? "connected" : "error") && ok ? 0 : 1;
}
