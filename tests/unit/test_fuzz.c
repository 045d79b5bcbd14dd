/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fuzz targets over their seeds and over mutations that are the same in each run. */
#include "unit.h"

#include <stdlib.h>

#include "../fuzz/fuzz.h"

/* Mutations of each seed. */
#define ROUNDS 1000

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void mutate(uint8_t *data, size_t *len, uint64_t *x)
{
	static const uint8_t interesting[] = {0, 1, 0x7f, 0x80, 0xff, ':', '|', 10};
	size_t times = 1 + next_random(x) % 4;

	while (times--) {
		size_t at = next_random(x) % *len;

		switch (next_random(x) % 4) {
		case 0:
			data[at] ^= (uint8_t)(1U << next_random(x) % 8);
			break;
		case 1:
			data[at] = interesting[next_random(x) % sizeof(interesting)];
			break;
		case 2:
			data[at] = (uint8_t)next_random(x);
			break;
		default:
			*len = at + 1;
		}
	}
}

static void run_seed(const char *name, const uint8_t *data, size_t len, void *arg)
{
	const struct fuzz_target *t = arg;
	uint64_t x = 0x9e3779b97f4a7c15;

	(void)name;
	t->run(data, len);
	for (int i = 0; i < ROUNDS; i++) {
		size_t mutated_len = len;
		uint8_t *copy = malloc(len);

		memcpy(copy, data, len);
		mutate(copy, &mutated_len, &x);
		t->run(copy, mutated_len);
		free(copy);
	}
}

static void test_target(void **state)
{
	struct fuzz_target *t = *state;

	t->run((const uint8_t *)"", 0);
	t->seed(run_seed, t);
}

int main(void)
{
	struct fuzz_target targets[FUZZ_TARGETS];
	struct CMUnitTest tests[FUZZ_TARGETS];

	memcpy(targets, fuzz_targets, sizeof(targets));
	for (size_t i = 0; i < FUZZ_TARGETS; i++)
		tests[i] =
			(struct CMUnitTest){targets[i].name, test_target, NULL, NULL, &targets[i]};
	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
