/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeds: well-formed input for each target, of every kind there is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/imalog.h"
#include "attest/wire.h"
#include "evidence/bundle.h"
#include "fuzz.h"
#include "remedy/result.h"
#include "vtpm/eventlog.h"

const struct fuzz_target fuzz_targets[FUZZ_TARGETS] = {
	{"record", fuzz_record, seed_record},	 {"wire", fuzz_wire, seed_wire},
	{"pack", fuzz_pack, seed_pack},		 {"tpm", fuzz_tpm, seed_tpm},
	{"golden", fuzz_golden, seed_golden},	 {"image", fuzz_image, seed_image},
	{"rollout", fuzz_rollout, seed_rollout}, {"result", fuzz_result, seed_result},
};

/* Hands over @first and @len bytes after it. */
static void give(seed_fn take, void *arg, const char *name, uint8_t first, const uint8_t *data,
		 size_t len)
{
	uint8_t *all = malloc(len + 1);

	if (!all)
		abort();
	all[0] = first;
	memcpy(all + 1, data, len);
	take(name, all, len + 1, arg);
	free(all);
}

static void add_all(struct imalog *l, const char *template)
{
	imalog_boot(l, template);
	imalog_add(l, &(struct imalog_entry){.template = template, .path = "/bin/a"});
	imalog_add(l, &(struct imalog_entry){.template = template,
					     .alg = "sha1",
					     .path = "/bin/b",
					     .extra = "extra",
					     .extra_len = 5});
	imalog_add(l, &(struct imalog_entry){
			      .template = template, .path = "/v", .violation = true, .pcr = 11});
}

void seed_record(seed_fn take, void *arg)
{
	static const char *const templates[] = {
		"ima",	    "ima-ng",	 "ima-sig", "ima-buf", "ima-modsig",
		"ima-ngv2", "ima-sigv2", "evm-sig", "d|n",     "n-ng|d-ng|iuid|new",
	};
	char name[32];

	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		struct imalog l;

		imalog_init(&l);
		add_all(&l, templates[i]);
		snprintf(name, sizeof(name), "log-%zu", i);
		give(take, arg, name, 1, l.buf, l.len);
		imalog_free(&l);
	}
}

static size_t guest_stream(uint8_t *out)
{
	const struct wire_hello hello = {.module = "0.1.0", .kernel = "6.1.0"};
	const struct wire_state state = {.records = 2};
	struct wire_record record = {.data = (const uint8_t *)"record", .len = 6};
	size_t len = wire_put_hello(out, 0, &hello);

	len += wire_put_record(out + len, 1, &record);
	record.index++;
	len += wire_put_record(out + len, 2, &record);
	len += wire_put_state(out + len, 3, &state);
	return len + wire_put_bye(out + len, 4, LZ_BYE_SHUTDOWN);
}

static size_t dom0_stream(uint8_t *out)
{
	const struct wire_resume resume = {.from = 1};
	const struct wire_challenge challenge = {.nonce = "n"};
	size_t len = wire_put_resume(out, 0, &resume);

	len += wire_put_challenge(out + len, 1, &challenge);
	return len + wire_put_bye(out + len, 2, LZ_BYE_RESTART);
}

void seed_wire(seed_fn take, void *arg)
{
	uint8_t out[2048];
	size_t len = guest_stream(out);

	give(take, arg, "guest", 4, out, len);
	give(take, arg, "guest-bytes", 0, out, len);
	len = dom0_stream(out);
	give(take, arg, "dom0", 5, out, len);
}

void seed_pack(seed_fn take, void *arg)
{
	uint8_t out[16384];
	int fd = fuzz_pack_fd();
	ssize_t len = pread(fd, out, sizeof(out), 0);

	close(fd);
	if (len <= 0)
		abort();
	give(take, arg, "pack", 0, out, (size_t)len);
	give(take, arg, "pack-repaired", 1, out, (size_t)len);
}

static void seed_bundle(seed_fn take, void *arg)
{
	struct bundle b = {0};
	uint8_t *data;
	size_t len;

	for (int i = 0; i < BUNDLE_PARTS; i++)
		bundle_set(&b, (enum bundle_part)i, "part", 4);
	data = bundle_pack(&b, &len);
	if (data)
		give(take, arg, "evidence", 2, data, len);
	free(data);
	bundle_free(&b);
}

void seed_tpm(seed_fn take, void *arg)
{
	static const uint8_t attest[] = {0xff, 'T', 'C', 'G', 0x80, 0x18, 0, 0, 0, 0};
	static const uint8_t reset[] = {0x80, 2, 0, 0, 0, 14, 0, 0, 1, 0x3d, 0, 0, 0, 10};
	static const eventlog_digests digests;
	struct eventlog log;

	eventlog_begin(&log);
	eventlog_add(&log, 4, EV_IPL, digests, "kernel", 6);
	give(take, arg, "quote", 0, attest, sizeof(attest));
	give(take, arg, "event-log", 1, log.data, log.len);
	give(take, arg, "command", 3, reset, sizeof(reset));
	seed_bundle(take, arg);
}

static void give_text(seed_fn take, void *arg, const char *name, uint8_t first, const char *text)
{
	give(take, arg, name, first, (const uint8_t *)text, strlen(text));
}

/* A cpio archive with one file, byte by byte as cpio(5) has it. */
static const char cpio[] =
	"070701000000010000818000000000000000000000000100000000000000030000000000000000000000000000"
	"00000000000500000000/x/y\0\0abc\0"
	"070701000000000000000000000000000000000000000100000000000000000000000000000000000000000000"
	"00000000000b00000000TRAILER!!!\0\0\0\0";

static const char ar[] =
	"!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n"
	"control.tar     0           0     0     100644  4         `\nabcd";

void seed_golden(seed_fn take, void *arg)
{
	struct imalog l;

	give(take, arg, "cpio", 0, (const uint8_t *)cpio, sizeof(cpio) - 1);
	give(take, arg, "deb", 0, (const uint8_t *)ar, sizeof(ar) - 1);
	give_text(take, arg, "keylime", 1,
		  "{\"digests\":{\"/"
		  "a\":[\"sm3:00112233445566778899aabbccddeeff00112233445566778899aabb"
		  "ccddeeff\",\"00112233445566778899aabbccddeeff00112233\"]},\"excludes\":[]}");
	imalog_init(&l);
	add_all(&l, "ima-sig");
	give(take, arg, "list", 2, l.buf, l.len);
	imalog_free(&l);
	give_text(take, arg, "packages", 3,
		  "Package: a\nStatus: install ok installed\nVersion: 1:2-3\nArchitecture: all\n"
		  "Description: x\n y\n\nPackage: b\nVersion: 1\nArchitecture: amd64\n");
	give_text(take, arg, "policy", 4,
		  "[packs]\ngolden = /nowhere until 2026-12-31T12:00\nretired = /x\nsigner = /y\n"
		  "[exclude]\npath = /a/**\n[actions]\nswapped = danger\n");
	give_text(take, arg, "pcrs", 5,
		  "sha1:\n  10: 0x00112233445566778899aabbccddeeff00112233\nPCR-11: 00 11 22 33 44 "
		  "55 66 "
		  "77 88 99 AA BB CC DD EE FF 00 11 22 33\n");
}

/* A small ext2 with a file of two names and a link to it. */
static const char make_image[] =
	"d=$(mktemp -d) && mkdir $d/t $d/t/bin && printf abc >$d/t/bin/a && ln $d/t/bin/a $d/t/b &&"
	" ln -s bin/a $d/t/c && truncate -s 64K $d/i && PATH=$PATH:/sbin mke2fs -q -F -t ext2 -b "
	"1024"
	" -N 16 -I 128 -d $d/t $d/i >/dev/null 2>&1 && cat $d/i; rm -rf $d";

void seed_image(seed_fn take, void *arg)
{
	static uint8_t image[1U << 16];
	FILE *in = popen(make_image, "r");
	size_t len = in ? fread(image, 1, sizeof(image), in) : 0;

	if (in)
		pclose(in);
	if (len)
		take("ext2", image, len, arg);
}

void seed_rollout(seed_fn take, void *arg)
{
	static const char dir[] = FUZZ_ROLLOUT_DIR;
	char text[512];

	snprintf(text, sizeof(text),
		 "; ours\n[packs]\ngolden = %sold.pack ; a comment\nretired=%sold.pack from 0\n"
		 "[exclude]\npath = /a/**\n[actions]\nswapped = danger\n",
		 dir, dir);
	give_text(take, arg, "added", 0, text);
	give_text(take, arg, "replaced", 1, text);
	give_text(take, arg, "until", 3, text);
	snprintf(text, sizeof(text), "[ packs ]\ngolden: %snew.pack from 0 until 2999-12-31\n",
		 dir);
	give_text(take, arg, "again", 0, text);
}

void seed_result(seed_fn take, void *arg)
{
	static const char text[] =
		"{\"class\":\"signature\",\"path\":\"/a\",\"rule\":\"Eicar\"}\n"
		"{\"class\":\"wrong-digest\",\"path\":\"/b\",\"found\":\"sha256:00\"}\n";
	struct result_head head = {.magic = RESULT_MAGIC,
				   .version = RESULT_VERSION,
				   .state = RESULT_DONE,
				   .findings = 2,
				   .text = sizeof(text) - 1};
	uint8_t all[sizeof(head) + sizeof(text)];

	memcpy(all, &head, sizeof(head));
	memcpy(all + sizeof(head), text, sizeof(text) - 1);
	take("findings", all, sizeof(head) + sizeof(text) - 1, arg);
}
