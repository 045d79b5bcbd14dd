/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/load.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "xsm/policydb.h"

/* Return: the whole file, to be freed; NULL with errno. */
static char *read_all(const char *path, uint32_t *len)
{
	FILE *file = fopen(path, "re");
	char *data = file ? malloc(XSM_FILE_MAX) : NULL;
	size_t n = data ? fread(data, 1, XSM_FILE_MAX, file) : 0;
	bool good = data && !ferror(file) && n < XSM_FILE_MAX;

	if (data && !good && !ferror(file))
		errno = EFBIG;
	if (file)
		fclose(file);
	*len = (uint32_t)n;
	if (good)
		return data;
	free(data);
	return NULL;
}

static const char *advice(int code)
{
	switch (code) {
	case ENOSYS:
		return "this Xen has no FLASK: it must be built with XSM, and booted with "
		       "flask=enforcing";
	case EACCES:
	case EPERM:
		return "Xen does not allow it: it takes root in dom0, and a loaded policy that "
		       "lets "
		       "dom0 load others";
	case EINVAL:
		return "Xen refused it: it is of another version of Xen, or it does not know the "
		       "label of a domain that runs; «xl dmesg» tells more";
	default:
		return strerror(code);
	}
}

int xsm_load(const char *path, char *error, size_t size)
{
	xc_interface *xc;
	uint32_t len;
	char *data = read_all(path, &len);
	int rc = -1;

	if (!data) {
		snprintf(error, size, "%s", strerror(errno));
		return -1;
	}
	xc = xc_interface_open(NULL, NULL, 0);
	if (!xc)
		snprintf(error, size, "no access to Xen: is this dom0, and are you root?");
	else if (xc_flask_load(xc, data, len) < 0)
		snprintf(error, size, "%s", advice(errno));
	else
		rc = 0;
	if (xc)
		xc_interface_close(xc);
	free(data);
	return rc;
}
