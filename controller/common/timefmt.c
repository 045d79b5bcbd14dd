/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/timefmt.h"

#include <stdio.h>
#include <time.h>

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL

int64_t time_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t time_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / NS_PER_MS;
}

const char *time_format(char *buf, int64_t ns)
{
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm tm;
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(buf, TIMEFMT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, TIMEFMT_SIZE - n, ".%03dZ", (int)(ns % NS_PER_S / NS_PER_MS));
	return buf;
}
