/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LZ_FREEZABLE_H
#define LZ_FREEZABLE_H

#include <linux/sched.h>
#include <linux/wait.h>

/**
 * lz_wait_timeout() - wait_event_..._timeout() that does not keep a guest from being suspended
 * @wq:		wait queue head
 * @condition:	evaluated until it is true, perhaps more than once after that
 * @state:	TASK_KILLABLE or TASK_IDLE
 * @timeout:	jiffies
 *
 * Who waits for dom0's TPM counts as frozen meanwhile, whatever locks it holds:
 * who waits for those locks is in no other state than with any slow disk.
 *
 * Return: 0 if time ran out; -ERESTARTSYS; else the jiffies that were left, at
 * least 1.
 */
#define lz_wait_timeout(wq, condition, state, timeout)					\
({											\
	const long __timeout = timeout;							\
	long __ret = __timeout;								\
											\
	might_sleep();									\
	if (!___wait_cond_timeout(condition))						\
		__ret = ___wait_event(wq, ___wait_cond_timeout(condition),		\
				      ((state) | TASK_FREEZABLE_UNSAFE), 0, __timeout,	\
				      __ret = schedule_timeout(__ret));			\
	__ret;										\
})

#endif /* LZ_FREEZABLE_H */
