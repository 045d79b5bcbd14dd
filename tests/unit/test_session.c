/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conversation with a guest, and what of it is told: with a real TPM, and a channel that is ours. */
#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attest/session.h"
#include "attest/wire.h"
#include "imalog.h"
#include "tpmbed.h"
#include "vtpm/eventlog.h"

#define PARENT_FD 128 /* or above */

static struct {
	struct tpmbed *tpm;
	struct session *session;
	struct imalog log;
	uint64_t seq;
	unsigned int challenges; /* that the guest got */
	struct lz_challenge challenge;
	int parent; /* our end of the child's socket */
} bed;

/* In the place of channel.c's. */
int channel_write(struct channel *ch, const void *buf, size_t size)
{
	struct lz_frame_hdr hdr;

	(void)ch;
	memcpy(&hdr, buf, sizeof(hdr));
	if (hdr.type == LZ_FRAME_CHALLENGE) {
		bed.challenges++;
		memcpy(&bed.challenge, (const uint8_t *)buf + sizeof(hdr), sizeof(bed.challenge));
	}
	return size >= sizeof(hdr) ? 0 : -1;
}

static const char *feed(const void *frame, size_t len)
{
	size_t room;
	uint8_t *to = session_room(bed.session, &room);

	assert_true(len <= room);
	memcpy(to, frame, len);
	return session_fed(bed.session, len);
}

static void hello(void)
{
	const struct wire_hello out = {.boot_nonce = {1}, .records = 1};
	uint8_t frame[WIRE_HELLO_SIZE] = {0};

	assert_null(feed(frame, wire_put_hello(frame, bed.seq++, &out)));
}

static void record(const struct imalog_entry *e)
{
	static uint8_t frame[WIRE_FRAME_MAX];
	struct wire_record out = {.index = bed.log.records};
	size_t len;

	imalog_add(&bed.log, e);
	out.data = imalog_record(&bed.log, (size_t)out.index, &len);
	out.len = (uint32_t)len;
	assert_null(feed(frame, wire_put_record(frame, bed.seq++, &out)));
}

static void boot_record(const uint8_t *digest)
{
	static const uint8_t zeros[32];

	record(&(struct imalog_entry){.path = "boot_aggregate", .digest = digest ? digest : zeros});
}

/* What the parent heard of this type since it was asked last. */
static unsigned int heard(enum ipc_type want)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	unsigned int n = 0;
	uint32_t type;

	while (ipc_recv(bed.parent, &type, data) >= 0)
		n += type == (uint32_t)want;
	return n;
}

static void begin(bool tpm)
{
	bed.session = session_new(NULL, NULL, tpm);
	assert_non_null(bed.session);
	imalog_init(&bed.log);
	bed.seq = bed.challenges = 0;
	heard(IPC_READY);
}

/* First of all the socket: its number is fixed. */
static int set_up(void **state)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	bed.parent = fcntl(pair[0], F_DUPFD_CLOEXEC, PARENT_FD);
	if (pair[0] != IPC_FD)
		close(pair[0]);
	if (pair[1] != IPC_FD) {
		dup2(pair[1], IPC_FD);
		close(pair[1]);
	}
	if (bed.parent < 0 || tpmbed_setup(state))
		return -1;
	bed.tpm = *state;
	return 0;
}

static int tear_down(void **state)
{
	session_free(bed.session);
	imalog_free(&bed.log);
	close(bed.parent);
	close(IPC_FD);
	return tpmbed_teardown(state);
}

/* A quote is taken at once, and not at each of a thousand such records. */
static void suspicion_asks(void **state)
{
	(void)state;
	begin(false);
	hello();
	boot_record(NULL);
	record(&(struct imalog_entry){.path = "/bin/a"});
	session_tick(bed.session);
	assert_int_equal(bed.challenges, 0);
	for (int i = 0; i < 5; i++) {
		record(&(struct imalog_entry){.path = "/bin/a", .pcr = 11});
		session_tick(bed.session);
	}
	assert_int_equal(bed.challenges, 1);
}

/* Has the TPM answer the guest's challenge; perhaps with a signature that is none. */
static void answer(bool forged)
{
	struct ipc_tpm_ready ready;
	struct ipc_tpm_quoted q;
	unsigned int before = bed.challenges;

	tpmbed_ready(bed.tpm, &ready);
	assert_null(session_tpm(bed.session, &ready)); /* so that it is asked anew */
	session_challenge(bed.session);
	assert_int_equal(bed.challenges, before + 1);
	tpmbed_quote(bed.tpm, bed.challenge.nonce, &q);
	q.sig[20] ^= forged;
	session_quoted(bed.session, &q);
}

static void the_next_tampering_is_told(void **state)
{
	(void)state;
	begin(true);
	hello();
	answer(true);
	assert_int_equal(heard(IPC_TAMPER), 1);
	answer(true);
	assert_int_equal(heard(IPC_TAMPER), 0);
	answer(false);
	answer(true);
	assert_int_equal(heard(IPC_TAMPER), 1);
}

static void doubt_is_told(void **state)
{
	(void)state;
	begin(true);
	hello();
	tpmbed_extend(bed.tpm, 10, 0xff);
	answer(false);
	assert_int_equal(heard(IPC_DOUBT), 1);
	answer(false);
	assert_int_equal(heard(IPC_DOUBT), 1);
	/* The record that explains it: told once, and no more after that. */
	record(&(struct imalog_entry){.path = "boot_aggregate", .violation = true});
	session_tick(bed.session);
	session_tick(bed.session);
	assert_int_equal(heard(IPC_DOUBT), 1);
}

/* A TPM whose start was measured: one event in PCR 4. */
static void measured(struct ipc_tpm_ready *ready, uint8_t *aggregate)
{
	static const eventlog_digests ones = {{1}, {1}};
	uint8_t extend[64] = {0}, all[10 * 32] = {0};
	struct eventlog log;

	tpmbed_ready(bed.tpm, ready);
	eventlog_begin(&log);
	assert_int_equal(eventlog_add(&log, 4, EV_IPL, ones, "kernel", 6), 0);
	memcpy(ready->log, log.data, log.len);
	ready->log_len = (uint32_t)log.len;
	ready->measured = 1;
	memcpy(extend + 32, ones[1], 32);
	EVP_Digest(extend, sizeof(extend), all + 4 * 32, NULL, EVP_sha256(), NULL);
	EVP_Digest(all, sizeof(all), aggregate, NULL, EVP_sha256(), NULL);
}

static void the_start_is_compared(void **state)
{
	struct ipc_tpm_ready ready;
	uint8_t aggregate[32];

	(void)state;
	for (int wrong = 0; wrong < 2; wrong++) {
		begin(true);
		measured(&ready, aggregate);
		assert_null(session_tpm(bed.session, &ready));
		hello();
		aggregate[0] ^= (uint8_t)wrong;
		boot_record(aggregate);
		assert_int_equal(heard(IPC_FINDING), wrong);
		session_free(bed.session);
		imalog_free(&bed.log);
	}
	/* Without its TPM it is a warning; with it, the log is to be read again. */
	begin(true);
	hello();
	boot_record(aggregate);
	assert_int_equal(heard(IPC_FINDING), 1);
	assert_non_null(session_tpm(bed.session, &ready));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(suspicion_asks),
		TEST(the_next_tampering_is_told),
		TEST(doubt_is_told),
		TEST(the_start_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
