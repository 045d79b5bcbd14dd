// SPDX-License-Identifier: GPL-2.0-only
#include <linux/irqflags.h>
#include <linux/processor.h>
#include <linux/smp.h>

#include "fighting.h"

static void spin_here(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

void fighting_spin(void)
{
	on_each_cpu(spin_here, NULL, 0);
}
