// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/string.h>

#include "hostile.h"

#define FULL_RING_MS  5
#define PLAUSIBLE_PCR 10

static u64 seq;
static u64 next_index;

void hostile_restart(void)
{
	seq = 0;
	next_index = 0;
}

bool hostile_over(const struct lz_vchan *v)
{
	return kthread_should_stop() || lz_vchan_peer(v) != LZ_PEER_LIVE;
}

void hostile_write(struct lz_vchan *v, const void *buf, size_t len)
{
	size_t done = 0;

	while (done < len && !hostile_over(v)) {
		size_t n = lz_vchan_write(v, buf + done, len - done);

		done += n;
		if (!n)
			msleep(FULL_RING_MS);
		lz_vchan_ack(v);
	}
}

struct lz_frame_hdr hostile_header(u16 type, u32 length)
{
	return (struct lz_frame_hdr){
		.magic = cpu_to_le32(LZ_MAGIC),
		.version = cpu_to_le16(LZ_VERSION),
		.type = cpu_to_le16(type),
		.length = cpu_to_le32(length),
		.seq = cpu_to_le64(seq++),
	};
}

void hostile_send(struct lz_vchan *v, u16 type, const void *payload, u32 length)
{
	struct lz_frame_hdr hdr = hostile_header(type, length);

	hostile_write(v, &hdr, sizeof(hdr));
	hostile_write(v, payload, length);
}

void hostile_hello(struct lz_vchan *v)
{
	struct lz_hello hello = {
		.records = cpu_to_le64(1000000),
		.ima_mode = cpu_to_le32(LZ_IMA_BYPASS),
		.doorbell = cpu_to_le32(LZ_DOORBELL_FTRACE),
		.module = "0.1.0",
		.kernel = "6.1.0",
	};

	get_random_bytes(hello.boot_nonce, sizeof(hello.boot_nonce));
	hostile_send(v, LZ_FRAME_HELLO, &hello, sizeof(hello));
}

void hostile_record(struct lz_vchan *v, const void *data, u32 len)
{
	struct lz_record record = { .index = cpu_to_le64(next_index++) };
	struct lz_frame_hdr hdr = hostile_header(LZ_FRAME_RECORD, sizeof(record) + len);

	hostile_write(v, &hdr, sizeof(hdr));
	hostile_write(v, &record, sizeof(record));
	hostile_write(v, data, len);
}

static u8 *add(u8 *at, const void *bytes, u32 len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static u8 *add_counted(u8 *at, const void *bytes, u32 len)
{
	return add(add(at, &len, sizeof(len)), bytes, len);
}

u32 hostile_plausible(u8 *buf)
{
	static const char path[] = "/usr/bin/plausible";
	u8 digest[8 + 32] = "sha256:";
	u8 fields[128];
	u8 sha1[20];
	u32 pcr = PLAUSIBLE_PCR;
	u8 *at = buf, *end;

	get_random_bytes(sha1, sizeof(sha1));
	get_random_bytes(digest + 8, 32);
	end = add_counted(fields, digest, sizeof(digest));
	end = add_counted(end, path, sizeof(path));
	end = add_counted(end, path, 0);
	at = add(at, &pcr, sizeof(pcr));
	at = add(at, sha1, sizeof(sha1));
	at = add_counted(at, "ima-sig", 7);
	at = add_counted(at, fields, end - fields);
	return at - buf;
}
