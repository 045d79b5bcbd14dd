// SPDX-License-Identifier: GPL-2.0-only
/* The real one, compiled into this module. */
#include "../../../kmod/vchan.c"
