/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be read from a domain's configuration as libxl writes it: see ts_config(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "acm/toolstack.h"
#include "common/hex.h"
#include "common/log.h"

#define TEXT_DIGEST_SIZE 32 /* SHA-256 */

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static const json_t *disks_of(const json_t *config)
{
	return json_object_get(json_object_get(config, "config"), "disks");
}

const char *ts_config_disk(const json_t *config, const char *vdev)
{
	const json_t *disk;
	size_t i;

	json_array_foreach (disks_of(config), i, disk)
		if (!strcmp(string_of(disk, "vdev"), vdev) &&
		    !strcmp(string_of(disk, "format"), "raw"))
			return json_string_value(json_object_get(disk, "pdev_path"));
	return NULL;
}

void ts_config_boot(const json_t *config, struct ts_boot *out)
{
	const json_t *whole = json_object_get(config, "config");
	const json_t *build = json_object_get(whole, "b_info");

	out->type = string_of(json_object_get(whole, "c_info"), "type");
	out->kernel = string_of(build, "kernel");
	out->ramdisk = string_of(build, "ramdisk");
	out->cmdline = string_of(build, "cmdline");
}

void ts_bdf_put(ts_bdf out, unsigned int domain, unsigned int bus, unsigned int dev,
		unsigned int func)
{
	snprintf(out, TS_BDF_SIZE, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff, dev & 0x1f,
		 func & 7);
}

static unsigned int number(const json_t *pci, const char *key)
{
	return (unsigned int)json_integer_value(json_object_get(pci, key));
}

/* libxl has them as numbers, and leaves out those that are 0. */
static void read_bdf(const json_t *pci, ts_bdf out)
{
	ts_bdf_put(out, number(pci, "domain"), number(pci, "bus"), number(pci, "dev"),
		   number(pci, "func"));
}

static const json_t *pcis_of(const json_t *config)
{
	return json_object_get(json_object_get(config, "config"), "pcidevs");
}

int ts_config_pcis(const json_t *config, ts_bdf bdfs[TS_PCIS_MAX])
{
	const json_t *list = pcis_of(config), *pci;
	size_t i;

	if (json_array_size(list) > TS_PCIS_MAX)
		return -1;
	json_array_foreach (list, i, pci)
		read_bdf(pci, bdfs[i]);
	return (int)json_array_size(list);
}

static void put_disk(FILE *out, const json_t *disk)
{
	fprintf(out, " disk=%s:%s:%s:%s", string_of(disk, "vdev"),
		json_integer_value(json_object_get(disk, "readwrite")) ? "rw" : "ro",
		string_of(disk, "format"), string_of(disk, "pdev_path"));
}

static void put_all(FILE *out, const json_t *config)
{
	const json_t *one;
	struct ts_boot boot;
	ts_bdf bdf;
	size_t i;

	ts_config_boot(config, &boot);
	fprintf(out, "type=%s", boot.type);
	json_array_foreach (pcis_of(config), i, one) {
		read_bdf(one, bdf);
		fprintf(out, " pci=%s", bdf);
	}
	json_array_foreach (disks_of(config), i, one)
		put_disk(out, one);
}

/* The end of what has no room is there as a digest of all: another configuration has another text. */
static void shorten(char *out, size_t size, const char *text, size_t len)
{
	uint8_t digest[TEXT_DIGEST_SIZE];
	char hex[2 * TEXT_DIGEST_SIZE + 1];

	snprintf(out, size, "%s", text);
	if (len < size || size <= sizeof(hex))
		return;
	if (EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL) != 1)
		fatalx("OpenSSL can't compute a digest");
	hex_encode(hex, digest, sizeof(digest));
	memcpy(out + size - sizeof(hex), hex, sizeof(hex));
}

/* Labels and network cards are left out: dom0 takes them away and gives them back all the time. */
void ts_config_text(const json_t *config, char *out, size_t size)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		fatalx("no memory for a text");
	put_all(f, config);
	if (fclose(f))
		fatalx("no memory for a text");
	shorten(out, size, text, len);
	free(text);
}
