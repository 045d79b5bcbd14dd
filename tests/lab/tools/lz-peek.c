// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talks to one guest's lazaret.ko from dom0 without lazaretd: shows what it
 * says, keeps its records, and, on request, misbehaves.
 *
 * Exit code: 0 all that was asked for came; 1 could not; 2 usage; 3 the guest
 * closed the channel; 4 time ran out.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "peek.h"

#define PATH_MAX_XS    128
#define RETRY_NS       50000000L /* between attempts to connect */
#define GREETING_TRIES 40
#define EXIT_HUNG_UP   3
#define EXIT_TIMED_OUT 4
#define SHA1_SIZE      20U

static int left_ms(const struct peek *p)
{
	struct timespec now;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)(p->until.tv_sec - now.tv_sec) * 1000 +
	     (p->until.tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (int)ms : 0;
}

void peek_fail(int code, const char *what)
{
	fflush(NULL);
	fprintf(stderr, "lz-peek: %s\n", what);
	exit(code);
}

static void await(struct peek *p)
{
	struct pollfd fd = {.fd = libxenvchan_fd_for_select(p->vchan), .events = POLLIN};
	int n = poll(&fd, 1, left_ms(p));

	if (n < 0 && errno != EINTR)
		peek_fail(EXIT_FAILURE, strerror(errno));
	if (n == 0)
		peek_fail(EXIT_TIMED_OUT, "time ran out");
	if (n > 0)
		libxenvchan_wait(p->vchan);
}

static void get(struct peek *p, void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len) {
		int n = libxenvchan_read(p->vchan, at, len);

		if (n < 0)
			peek_fail(EXIT_HUNG_UP, "the guest closed the channel");
		at += n;
		len -= (size_t)n;
		if (!n)
			await(p);
	}
}

void peek_put(struct peek *p, const void *buf, size_t len)
{
	const uint8_t *at = buf;

	while (len) {
		int n = libxenvchan_write(p->vchan, at, len);

		if (n < 0)
			peek_fail(EXIT_HUNG_UP, "the guest closed the channel");
		at += n;
		len -= (size_t)n;
		if (!n)
			await(p);
	}
}

struct lz_frame_hdr peek_header(struct peek *p, uint16_t type, uint32_t length)
{
	return (struct lz_frame_hdr){.magic = LZ_MAGIC,
				     .version = LZ_VERSION,
				     .type = type,
				     .length = length,
				     .seq = p->tx_seq++};
}

void peek_send(struct peek *p, uint16_t type, const void *payload, uint32_t length)
{
	struct lz_frame_hdr hdr = peek_header(p, type, length);

	peek_put(p, &hdr, sizeof(hdr));
	peek_put(p, payload, length);
}

struct lz_resume peek_good_resume(const struct peek *p)
{
	struct lz_resume resume = {.from = p->opt.from};

	memcpy(resume.boot_nonce, p->hello.boot_nonce, sizeof(resume.boot_nonce));
	return resume;
}

void peek_resume(struct peek *p)
{
	struct lz_resume r = peek_good_resume(p);

	peek_send(p, LZ_FRAME_RESUME, &r, sizeof(r));
}

void peek_challenge(struct peek *p)
{
	struct lz_challenge c;

	if (getrandom(c.nonce, sizeof(c.nonce), 0) != sizeof(c.nonce))
		peek_fail(EXIT_FAILURE, "no random bytes");
	peek_send(p, LZ_FRAME_CHALLENGE, &c, sizeof(c));
}

static void show_hex(const char *label, const uint8_t *bytes, size_t len)
{
	size_t i;

	printf("%s", label);
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
}

static void on_hello(struct peek *p, const uint8_t *payload, uint32_t length)
{
	struct lz_hello *h = &p->hello;

	if (length < sizeof(*h))
		peek_fail(EXIT_FAILURE, "HELLO is too short");
	memcpy(h, payload, sizeof(*h));
	show_hex("hello nonce=", h->boot_nonce, sizeof(h->boot_nonce));
	printf(" records=%" PRIu64 " early=%" PRIu64 " ima=%" PRIu32 " doorbell=%" PRIu32,
	       (uint64_t)h->records, (uint64_t)h->early, h->ima_mode, h->doorbell);
	printf(" module=%.*s kernel=%.*s\n", (int)LZ_TEXT_MAX, h->module, (int)LZ_TEXT_MAX,
	       h->kernel);
	if (p->opt.all)
		p->opt.count = h->records - p->opt.from;
	if (p->opt.trick)
		p->opt.trick->play(p);
	else
		peek_resume(p);
	p->next = p->opt.from;
}

/* pcr, sha1, template and, where the second field is a name, that. */
static void show_record(const struct lz_record *r, uint32_t len)
{
	const uint8_t *d = r->data;
	uint32_t pcr, name_len, field, path_len = 0;
	size_t at = sizeof(pcr) + SHA1_SIZE + sizeof(name_len);

	if (len < at)
		return;
	memcpy(&pcr, d, sizeof(pcr));
	memcpy(&name_len, d + at - sizeof(name_len), sizeof(name_len));
	printf("record %" PRIu64 " %" PRIu64 " %" PRIu32, (uint64_t)r->index, (uint64_t)r->time_ns,
	       pcr);
	show_hex(" ", d + sizeof(pcr), SHA1_SIZE);
	if (name_len > len - at)
		return;
	printf(" %.*s", (int)name_len, d + at);
	at += name_len + sizeof(uint32_t);
	if (at + sizeof(field) <= len) {
		memcpy(&field, d + at, sizeof(field));
		at += sizeof(field) + (size_t)field;
	}
	if (at + sizeof(path_len) <= len)
		memcpy(&path_len, d + at, sizeof(path_len));
	if (path_len && at + sizeof(path_len) + path_len <= len)
		printf(" %.*s", (int)path_len, d + at + sizeof(path_len));
	putchar('\n');
}

static void on_record(struct peek *p, const uint8_t *payload, uint32_t length)
{
	const struct lz_record *r = (const void *)payload;
	uint32_t len = length - (uint32_t)sizeof(*r);

	if (length < sizeof(*r))
		peek_fail(EXIT_FAILURE, "RECORD is too short");
	if (r->index != p->next)
		peek_fail(EXIT_FAILURE, "a gap in the indices");
	if (!len)
		printf("lost %" PRIu64 "\n", (uint64_t)r->index);
	else if (!p->opt.quiet)
		show_record(r, len);
	if (p->opt.keep && fwrite(r->data, 1, len, p->opt.keep) != len)
		peek_fail(EXIT_FAILURE, "cannot keep the record");
	p->next++;
	p->seen++;
}

static void on_state(struct peek *p, const uint8_t *payload, uint32_t length)
{
	const struct lz_state *s = (const void *)payload;

	if (length < sizeof(*s))
		peek_fail(EXIT_FAILURE, "STATE is too short");
	printf("state records=%" PRIu64 " streamed=%" PRIu64 " extended=%" PRIu64 " lost=%" PRIu64
	       " late=%" PRIu64 " ima=%" PRIu32 " doorbell=%" PRIu32 " banks=%" PRIu32
	       " commit=%" PRIu8 " policy=%" PRIu8 "\n",
	       (uint64_t)s->records, (uint64_t)s->streamed, (uint64_t)s->extended,
	       (uint64_t)s->lost, (uint64_t)s->late, s->ima_mode, s->doorbell, s->banks,
	       s->commit_state, s->commit_policy);
	p->answered = true;
}

static void on_bye(const uint8_t *payload, uint32_t length)
{
	uint32_t reason = 0;

	if (length >= sizeof(reason))
		memcpy(&reason, payload, sizeof(reason));
	printf("bye reason=%" PRIu32 "\n", reason);
	peek_fail(EXIT_HUNG_UP, "the guest said BYE");
}

static void one_frame(struct peek *p)
{
	static uint8_t payload[LZ_PAYLOAD_MAX] __attribute__((aligned(8)));
	struct lz_frame_hdr hdr;

	if (p->rx_seq)
		get(p, &hdr, sizeof(hdr));
	else
		hdr = p->first;
	if (hdr.magic != LZ_MAGIC || hdr.version != LZ_VERSION || hdr.length > sizeof(payload) ||
	    hdr.seq != p->rx_seq++)
		peek_fail(EXIT_FAILURE, "the guest's frame is malformed");
	get(p, payload, hdr.length);
	if (hdr.type == LZ_FRAME_HELLO)
		on_hello(p, payload, hdr.length);
	else if (hdr.type == LZ_FRAME_RECORD)
		on_record(p, payload, hdr.length);
	else if (hdr.type == LZ_FRAME_STATE)
		on_state(p, payload, hdr.length);
	else if (hdr.type == LZ_FRAME_BYE)
		on_bye(payload, hdr.length);
}

/*
 * Right after another client the rings may still be that one's: closed, or with the rest of its
 * stream. The guest makes new ones as soon as it sees that the client is gone.
 */
static bool greeted(struct peek *p)
{
	const struct timespec pause = {.tv_nsec = RETRY_NS};

	for (int i = 0; i < GREETING_TRIES && libxenvchan_is_open(p->vchan) == 1; i++) {
		if (libxenvchan_data_ready(p->vchan) >= (int)sizeof(p->first))
			return libxenvchan_read(p->vchan, &p->first, sizeof(p->first)) ==
				       (int)sizeof(p->first) &&
			       p->first.magic == LZ_MAGIC && p->first.type == LZ_FRAME_HELLO &&
			       !p->first.seq;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void connect_guest(struct peek *p)
{
	const struct timespec pause = {.tv_nsec = RETRY_NS};
	char path[PATH_MAX_XS];

	snprintf(path, sizeof(path), "/local/domain/%d/" LZ_XS_PATH, p->opt.domid);
	for (;;) {
		p->vchan = libxenvchan_client_init(NULL, p->opt.domid, path);
		if (p->vchan) {
			p->vchan->blocking = 0;
			if (greeted(p))
				return;
			libxenvchan_close(p->vchan);
		}
		if (!left_ms(p))
			peek_fail(EXIT_FAILURE, "no vchan in the guest");
		nanosleep(&pause, NULL);
	}
}

static void usage(void)
{
	fputs("usage: lz-peek [-f FROM] [-n COUNT | -a] [-c AFTER] [-t SECONDS] [-k] [-q] [-o "
	      "FILE]\n"
	      "               [-x TRICK] DOMID\n"
	      "  -f FROM     first record wanted (0)\n"
	      "  -n COUNT    leave after so many records (0); -a: as many as HELLO says\n"
	      "  -c AFTER    send a challenge after so many records and wait for its answer\n"
	      "  -t SECONDS  give up after so long (10)\n"
	      "  -k          leave by SIGKILL, closing nothing\n"
	      "  -q          do not show records\n"
	      "  -o FILE     append the records as binary_runtime_measurements has them\n"
	      "  -x TRICK    misbehave:\n",
	      stderr);
	peek_list_tricks(stderr);
	exit(2);
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){.challenge = UINT64_MAX, .seconds = 10};
	while ((c = getopt(argc, argv, "f:n:akc:t:qo:x:")) != -1) {
		if (c == 'f')
			o->from = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			o->count = strtoull(optarg, NULL, 0);
		else if (c == 'a')
			o->all = true;
		else if (c == 'k')
			o->die = true;
		else if (c == 'c')
			o->challenge = strtoull(optarg, NULL, 0);
		else if (c == 't')
			o->seconds = strtod(optarg, NULL);
		else if (c == 'q')
			o->quiet = true;
		else if (c == 'o')
			o->keep = fopen(optarg, "ab");
		else if (c == 'x')
			o->trick = peek_find_trick(optarg);
		else
			usage();
		if (c == 'x' && !o->trick)
			usage();
		if (c == 'o' && !o->keep)
			peek_fail(EXIT_FAILURE, strerror(errno));
	}
	if (optind != argc - 1)
		usage();
	o->domid = (int)strtol(argv[optind], NULL, 10);
}

static bool done(const struct peek *p)
{
	bool answered = p->opt.challenge == UINT64_MAX || p->answered;

	return p->rx_seq && p->seen >= p->opt.count && answered && !p->opt.trick;
}

int main(int argc, char **argv)
{
	struct peek p = {0};
	bool challenged = false;

	parse(&p.opt, argc, argv);
	clock_gettime(CLOCK_MONOTONIC, &p.until);
	p.until.tv_sec += (time_t)p.opt.seconds;
	setvbuf(stdout, NULL, _IOLBF, 0);
	connect_guest(&p);
	while (!done(&p)) {
		one_frame(&p);
		if (!challenged && p.opt.challenge != UINT64_MAX && p.seen >= p.opt.challenge) {
			peek_challenge(&p);
			challenged = true;
		}
	}
	if (p.opt.keep)
		fclose(p.opt.keep);
	fflush(NULL);
	if (p.opt.die)
		raise(SIGKILL);
	libxenvchan_close(p.vchan);
	return EXIT_SUCCESS;
}
