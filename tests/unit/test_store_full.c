/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store on a disk that is full: what must be written, is. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db.h"
#include "store/reserve.h"
#include "store/store.h"

#define UUID	  "11111111-2222-3333-4444-555555555555"
#define DISK	  "size=16m,mode=700" /* the reserve, as much that is free to make it again, and more */
#define PIECE	  4096
#define NO_MOUNTS 77 /* exit status of a child that may not mount anything */
#define MUCH	  2000 /* commits: far more than the disk has room for */

static char dir[64];
static char ballast[96];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-full.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(ballast, sizeof(ballast), "%s/ballast", dir);
	return 0;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static struct store_vm in_state(enum vm_state vm_state)
{
	struct store_vm vm = {.state = vm_state, .domid = 7};

	snprintf(vm.uuid, sizeof(vm.uuid), UUID);
	return vm;
}

static int64_t save(struct store *store, enum vm_state vm_state)
{
	struct store_vm vm = in_state(vm_state);

	return store_save(store, &vm, "state", "unit", NULL);
}

static void see(void *arg, struct store_vm *vm)
{
	*(enum vm_state *)arg = vm->state;
}

static enum vm_state state_on_disk(struct store *store)
{
	enum vm_state found = VM_STATES;

	assert_int_equal(store_each_vm(store, see, &found), 0);
	return found;
}

static void assert_sound(struct store *store)
{
	struct store_chain chain;

	assert_int_equal(store_journal_verify(store, NULL, &chain), 0);
	assert_true(chain.rows == store->seq);
}

/* SQLite's own limit on pages stands for the full disk. */
static void set_pages(struct store *store, int pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%d", pages);
	assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static json_t *big_data(void)
{
	char big[4096];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	return json_pack("{s:s}", "big", big);
}

static int64_t reserve_size(const struct store *store)
{
	struct stat st;

	assert_return_code(stat(store->reserve, &st), errno);
	return st.st_size;
}

static void events_leave_the_reserve_alone(void **state)
{
	struct store_vm trusted = in_state(VM_TRUSTED), vm = in_state(VM_DANGER);
	struct store *store = store_open(dir);
	json_t *data = big_data();

	(void)state;
	assert_null(store_trouble(store));
	set_pages(store, 20);
	while (store_journal(store, UUID, "finding", "unit", data) > 0)
		;
	assert_int_equal(store_save(store, &trusted, "state", "unit", data), -1);
	assert_int_equal(reserve_size(store), STORE_RESERVE_BYTES);
	assert_false(store_reserve_used(store));
	assert_non_null(store_trouble(store));
	assert_int_equal(store_save(store, &vm, "state", "unit", data), -1);
	assert_true(store_reserve_used(store)); /* it did not help: the limit is another one */
	assert_int_equal(reserve_size(store), 0);
	store_close(store);
	json_decref(data);
}

/* A commit that goes well does not mean that there is a reserve again: the next must see to it. */
static void reserve_is_made_again(void **state)
{
	struct store *store = store_open(dir);

	(void)state;
	while (reserve_give(store))
		;
	assert_true(store_reserve_used(store));
	assert_non_null(store_trouble(store));
	assert_true(save(store, VM_UNKNOWN) > 0);
	assert_int_equal(reserve_size(store), STORE_RESERVE_BYTES);
	assert_false(store_reserve_used(store));
	assert_null(store_trouble(store));
	store_close(store);
}

/* A BEGIN that fails for another reason than the disk must not cost the reserve. */
static void busy_is_not_full(void **state)
{
	struct store *store = store_open(dir);
	sqlite3 *other = NULL;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/" STORE_FILE, dir);
	assert_true(save(store, VM_DANGER) > 0);
	store->last_error = SQLITE_FULL; /* of an earlier commit */
	sqlite3_busy_timeout(store->db, 1);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(save(store, VM_DANGER), -1);
	assert_int_equal(reserve_size(store), STORE_RESERVE_BYTES);
	sqlite3_close(other);
	assert_int_equal(save(store, VM_DANGER), 2);
	store_close(store);
}

/* Files that can't grow any more: commits fail in the middle, and go on as if nothing had been. */
static void file_limit(void **state)
{
	struct rlimit old, small = {.rlim_cur = 128 << 10};
	struct store *store = store_open(dir);
	json_t *data = big_data();
	int64_t before;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_return_code(getrlimit(RLIMIT_FSIZE, &old), errno);
	small.rlim_max = old.rlim_max;
	assert_return_code(setrlimit(RLIMIT_FSIZE, &small), errno);
	while (store_journal(store, UUID, "finding", "unit", data) > 0)
		;
	before = store->seq;
	assert_int_equal(save(store, VM_DANGER), -1);
	assert_true(store->seq == before);
	assert_return_code(setrlimit(RLIMIT_FSIZE, &old), errno);
	assert_true(save(store, VM_DANGER) == before + 1);
	assert_sound(store);
	store_close(store);
	json_decref(data);
}

/* A disk of our own, in a child: it goes with it. */
static void mount_disk(void)
{
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", dir, "tmpfs", 0, DISK) < 0)
		_exit(NO_MOUNTS);
}

/* Every byte of it. */
static void fill_disk(void)
{
	static const char piece[PIECE];
	int fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	ssize_t n;

	assert_return_code(fd, errno);
	while ((n = write(fd, piece, sizeof(piece))) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

/* Other VMs' findings take what they can get, before the quarantine and after it. */
static void full_disk(void)
{
	struct store *store = store_open(dir);
	json_t *data = big_data();
	int i;

	fill_disk();
	for (i = 0; i < MUCH && store_journal(store, "", "finding", "unit", data) > 0; i++)
		;
	assert_true(i < MUCH);
	assert_false(store_reserve_used(store));
	assert_true(save(store, VM_DANGER) > 0);
	assert_true(store_reserve_used(store));
	assert_non_null(store_trouble(store));
	for (i = 0; i < MUCH && store_journal(store, "", "finding", "unit", data) > 0; i++)
		;
	assert_true(i < MUCH);
	assert_true(save(store, VM_CURING) > 0);
	assert_true(reserve_size(store) > STORE_RESERVE_BYTES / 2);
	assert_int_equal(state_on_disk(store), VM_CURING);
	assert_sound(store);
	store_close(store);
	/* The controller starts on it, too, and the reserve comes back with the room for it. */
	store = store_open(dir);
	assert_non_null(store);
	assert_int_equal(state_on_disk(store), VM_CURING);
	assert_return_code(unlink(ballast), errno);
	assert_true(save(store, VM_DANGER) > 0);
	assert_false(store_reserve_used(store));
	assert_null(store_trouble(store));
	assert_sound(store);
	store_close(store);
	json_decref(data);
}

static void quarantine_on_a_full_disk(void **state)
{
	pid_t child;
	int status;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		mount_disk();
		full_disk();
		_exit(0); /* not after a failed assertion: then cmocka counts it and ends the child */
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_MOUNTS)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_leave_the_reserve_alone, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(reserve_is_made_again, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(busy_is_not_full, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(file_limit, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(quarantine_on_a_full_disk, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
