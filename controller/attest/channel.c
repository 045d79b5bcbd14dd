/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/channel.h"

#include <stdio.h>
#include <stdlib.h>

#include <sys/ioctl.h>

#include <libxenvchan.h>

#include "uapi/lazaret.h"

/* Orders that a ring may have: in the shared page, or in pages of its own (libxenvchan.h). */
#define ORDER_MIN 10
#define ORDER_MAX 20

struct channel {
	struct libxenvchan *vchan;
};

static int ring_sane(const struct libxenvchan_ring *ring)
{
	return ring->order >= ORDER_MIN && ring->order <= ORDER_MAX;
}

struct channel *channel_open(uint32_t domid)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	char path[64];

	if (!ch)
		return NULL;
	snprintf(path, sizeof(path), "/local/domain/%u/" LZ_XS_PATH, domid);
	ch->vchan = libxenvchan_client_init(NULL, (int)domid, path);
	if (!ch->vchan || !ring_sane(&ch->vchan->read) || !ring_sane(&ch->vchan->write)) {
		free(ch);
		return NULL;
	}
	ch->vchan->blocking = 0;
	return ch;
}

int channel_fd(const struct channel *ch)
{
	return libxenvchan_fd_for_select(ch->vchan);
}

void channel_rang(struct channel *ch)
{
	libxenvchan_wait(ch->vchan);
}

/* libxenvchan takes an impossible index for an empty ring, for ever: name it instead. */
static int indices_possible(const struct libxenvchan_ring *ring)
{
	uint32_t prod = __atomic_load_n(&ring->shr->prod, __ATOMIC_RELAXED);
	uint32_t cons = __atomic_load_n(&ring->shr->cons, __ATOMIC_RELAXED);

	return prod - cons <= 1u << ring->order;
}

ssize_t channel_read(struct channel *ch, void *buf, size_t size, const char **why)
{
	int n = libxenvchan_read(ch->vchan, buf, size);

	if (n > 0)
		return n;
	if (!indices_possible(&ch->vchan->read) || !indices_possible(&ch->vchan->write)) {
		*why = "the guest wrote impossible ring indices";
		return -1;
	}
	if (n < 0 || libxenvchan_is_open(ch->vchan) == 0) {
		*why = "the guest closed the channel";
		return -1;
	}
	return 0;
}

int channel_write(struct channel *ch, const void *buf, size_t size)
{
	return libxenvchan_send(ch->vchan, buf, size) == (int)size ? 0 : -1;
}

unsigned long channel_ioctl(void)
{
	return IOCTL_EVTCHN_NOTIFY;
}
