// SPDX-License-Identifier: GPL-2.0-or-later
/* lab-relabel DOMID CONTEXT: give a running domain another FLASK label. */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	uint32_t sid;

	if (argc != 3 || !xc) {
		fprintf(stderr, "usage: lab-relabel DOMID CONTEXT\n");
		return 2;
	}
	if (xc_flask_context_to_sid(xc, argv[2], (uint32_t)strlen(argv[2]), &sid)) {
		fprintf(stderr, "lab-relabel: no such label %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	if (xc_flask_relabel_domain(xc, (uint32_t)strtoul(argv[1], NULL, 10), sid)) {
		fprintf(stderr, "lab-relabel: domain %s to %s: %s\n", argv[1], argv[2],
			strerror(errno));
		return 1;
	}
	return 0;
}
