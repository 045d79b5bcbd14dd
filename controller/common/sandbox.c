/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/sandbox.h"

#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/log.h"

#define FILES_MAX 32

/*
 * What a child's loop, OpenSSL's digests, malloc and stdio need once all files are open. Never to be
 * added: kill, tgkill, ptrace, process_vm_*, pidfd_*: see sandbox_enter().
 */
static const int allowed[] = {
	SCMP_SYS(read),		SCMP_SYS(write),	  SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),	SCMP_SYS(readv),	  SCMP_SYS(writev),
	SCMP_SYS(lseek),	SCMP_SYS(fstat),	  SCMP_SYS(newfstatat),
	SCMP_SYS(fsync),	SCMP_SYS(fdatasync),	  SCMP_SYS(ftruncate),
	SCMP_SYS(close),	SCMP_SYS(poll),		  SCMP_SYS(ppoll),
	SCMP_SYS(sendmsg),	SCMP_SYS(recvmsg),	  SCMP_SYS(sendto),
	SCMP_SYS(brk),		SCMP_SYS(munmap),	  SCMP_SYS(mremap),
	SCMP_SYS(madvise),	SCMP_SYS(clock_gettime),  SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),	  SCMP_SYS(futex),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid),	SCMP_SYS(gettid),	  SCMP_SYS(exit),
	SCMP_SYS(exit_group),	SCMP_SYS(sched_yield),
};

static void limit(int what, rlim_t value)
{
	struct rlimit rl = {value, value};

	if (setrlimit(what, &rl) < 0)
		fatal("setrlimit");
}

static int allow_ioctl(scmp_filter_ctx ctx, unsigned long request)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				SCMP_A1_32(SCMP_CMP_EQ, (scmp_datum_t)request));
}

static void filter_syscalls(const struct sandbox *box)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = 0;

	if (!ctx)
		fatalx("no memory for the system call filter");
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (box->ioctl_request)
		rc |= allow_ioctl(ctx, box->ioctl_request);
	for (const unsigned long *request = box->more_ioctls; request && *request; request++)
		rc |= allow_ioctl(ctx, *request);
	/* No new executable mapping: a bug in a parser must not become code. */
	rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc || seccomp_load(ctx))
		fatalx("can't load the system call filter");
	seccomp_release(ctx);
}

size_t sandbox_memory(size_t more)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages;

	if (!f || fscanf(f, "%lu", &pages) != 1)
		fatal("/proc/self/statm");
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE) + more;
}

/* Another user's process has lost the signal that it asked for as root (prctl(2), PR_SET_PDEATHSIG). */
static void die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		fatalx("the parent is gone");
}

static void set_limits(const struct sandbox *box)
{
	limit(RLIMIT_AS, box->memory);
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_CORE, 0);
	signal(SIGXFSZ, SIG_IGN); /* a write that fails is enough */
	if (box->file_size)
		limit(RLIMIT_FSIZE, box->file_size);
	/* A service that is nicer already (Nice= of its unit) may not be made less so, and need not be. */
	if (getpriority(PRIO_PROCESS, 0) < box->niceness &&
	    setpriority(PRIO_PROCESS, 0, box->niceness) < 0)
		fatal("setpriority");
}

void sandbox_enter(const struct sandbox *box)
{
	pid_t parent = getppid(); /* had it ended before, so had we */

	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
		fatal("unshare");
	if (chroot(box->root) < 0 || chdir("/") < 0)
		fatal("chroot %s", box->root);
	if (setgroups(0, NULL) < 0 || setresgid(box->gid, box->gid, box->gid) < 0 ||
	    setresuid(box->uid, box->uid, box->uid) < 0)
		fatal("can't become uid %u", (unsigned int)box->uid);
	if (setuid(0) == 0)
		fatalx("privileges could be taken back");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		fatal("prctl");
	die_with(parent);
	set_limits(box);
	filter_syscalls(box);
}
