/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a VM in danger can't be withdrawn, so that it has to stay paused. */
#ifndef LAZARET_REST_H
#define LAZARET_REST_H

#include "vm/vm.h"

/**
 * rest_needs_pause() - is there something that only a pause can cut?
 * @why:	set to what that is, if the answer is yes
 *
 * Memory that it shares with other guests (withdraw_leaves_peers()); and a disk that must go and that
 * its device model has open: an HVM guest reaches it by an emulated device until its own kernel has that
 * unplugged, which none that fights does.
 */
bool rest_needs_pause(const struct vm *vm, const char **why);

#endif
