/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lazaretd: watches the integrity of virtual machines, and cuts off those that fail.
 *
 * One program in roles. Without -r it is the parent, the only one with privileges; it starts
 * itself again as «attest» and «vtpm» (one for each VM), «remedy» (one for each disk that is
 * rolled back), «supply» and «result» (for each disk that is scanned) and «evidence» (one for each archive).
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include <event2/event.h>

#include "attest/attest.h"
#include "attest/child.h"
#include "common/log.h"
#include "common/notify.h"
#include "evidence/child.h"
#include "golden/checkup.h"
#include "remedy/result.h"
#include "remedy/rollback.h"
#include "remedy/scan.h"
#include "remedy/sickbay.h"
#include "remedy/supply.h"
#include "vm/commands.h"
#include "vm/crash.h"
#include "vm/discover.h"
#include "vm/hostboot.h"
#include "vm/vm.h"
#include "vtpm/child.h"
#include "vtpm/vtpm.h"

#define CONF_DEFAULT SYSCONFDIR "/lazaret/lazaretd.conf"
#define TICK_S	     1
#define LOOK_TICKS   5 /* ticks between two looks at all domains */

struct options {
	const char *conf;
	const char *role;
	bool test;
	bool verbose;
};

static void usage(FILE *out)
{
	fprintf(out, "usage: lazaretd [-f FILE] [-t] [-v]\n"
		     "\n"
		     "  -f, --config FILE  configuration, default " CONF_DEFAULT "\n"
		     "  -t, --test         check the configuration, say what is wrong, and end\n"
		     "  -v, --verbose      also say what is only of interest when searching for an "
		     "error\n"
		     "  -V, --version      print the version\n"
		     "  -h, --help         print this\n"
		     "\n"
		     "It stays in the foreground. Exit status: 0 ended by a signal or -t found no "
		     "error,\n"
		     "1 could not go on, 2 wrong usage or configuration. See lazaretd(8).\n");
}

static void parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'f'}, {"test", no_argument, NULL, 't'},
		{"verbose", no_argument, NULL, 'v'},	  {"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+f:tvVhr:", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			opt->conf = optarg;
			break;
		case 't':
			opt->test = true;
			break;
		case 'v':
			opt->verbose = true;
			break;
		case 'r':
			opt->role = optarg;
			return;
		case 'V':
			printf("lazaretd %s\n", LAZARET_VERSION);
			exit(0);
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
}

static int run_role(const char *role, int argc, char **argv)
{
	if (!strcmp(role, "attest"))
		return attest_child(argc, argv);
	if (!strcmp(role, "remedy"))
		return remedy_child(argc, argv);
	if (!strcmp(role, "supply"))
		return supply_child(argc, argv);
	if (!strcmp(role, "sickbay"))
		return sickbay_child(argc, argv);
	if (!strcmp(role, "result"))
		return result_child(argc, argv);
	if (!strcmp(role, "vtpm"))
		return vtpm_child();
	if (!strcmp(role, "evidence"))
		return evidence_child(argc, argv);
	fatalx("no role is called %s", role);
}

static void look_up_users(struct host *host, gid_t *ctl_group)
{
	struct passwd *pw = getpwnam(host->conf->user);
	struct group *gr;

	if (!pw || !pw->pw_uid || !pw->pw_gid)
		fatalx("there is no unprivileged user «%s»: adduser --system --group "
		       "--no-create-home %s",
		       host->conf->user, host->conf->user);
	host->child_uid = pw->pw_uid;
	host->child_gid = pw->pw_gid;
	host->vm_uids = host->conf->vm_uids;
	gr = getgrnam(host->conf->group);
	if (!gr)
		fatalx("there is no group «%s»: addgroup --system %s", host->conf->group,
		       host->conf->group);
	*ctl_group = gr->gr_gid;
}

static void make_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		fatal("can't make %s", path);
}

/* Two parents would undo each other's work. The lock goes with the process, however it ends. */
static void be_the_only_one(const struct conf *conf)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", conf->state_dir);
	make_dir(conf->state_dir, 0700);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		fatal("%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		fatalx("another lazaretd runs with %s", conf->state_dir);
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct host *host = arg;

	(void)what;
	log_info("ended by signal %d; VMs in danger stay contained", (int)sig);
	event_base_loopbreak(host->base);
}

static void on_hup(evutil_socket_t sig, short what, void *arg)
{
	static const struct ctl_peer self = {.name = "SIGHUP"};
	json_t *request = json_object(), *answer;

	(void)sig;
	(void)what;
	answer = commands_handle(arg, &self, "reload", request);
	if (!json_is_true(json_object_get(answer, "ok")))
		log_warnx("%s", json_string_value(json_object_get(answer, "error")));
	json_decref(answer);
	json_decref(request);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	static unsigned int ticks;
	struct host *host = arg;
	struct vm *vm;

	(void)fd;
	(void)what;
	/* No watch tells of another name, and none may be missed for ever. */
	if (++ticks % LOOK_TICKS == 0)
		discover_domains(host);
	LIST_FOREACH (vm, &host->vms, entry)
		vm_tick(vm);
	notify_alive();
}

static void add_events(struct host *host)
{
	static const struct timeval second = {TICK_S, 0};
	struct event *ev[4] = {
		evsignal_new(host->base, SIGTERM, on_signal, host),
		evsignal_new(host->base, SIGINT, on_signal, host),
		evsignal_new(host->base, SIGHUP, on_hup, host),
		event_new(host->base, -1, EV_PERSIST, on_tick, host),
	};

	for (int i = 0; i < 4; i++)
		if (!ev[i] || event_add(ev[i], i == 3 ? &second : NULL) < 0)
			fatalx("no memory for an event");
	signal(SIGPIPE, SIG_IGN);
}

/* Toolstack calls may block a callback for seconds: a timer must not count from before that. */
static struct event_base *new_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;

	if (!cfg || event_config_set_flag(cfg, EVENT_BASE_FLAG_NO_CACHE_TIME) < 0)
		return NULL;
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

static void open_all(struct host *host)
{
	const struct conf *conf = host->conf;
	char path[4096];
	gid_t group;

	if (getuid() != 0)
		fatalx("lazaretd must be started by root, in dom0");
	look_up_users(host, &group);
	be_the_only_one(conf);
	make_dir(conf->run_dir, 0755);
	make_dir(conf->chroot_dir, 0755);
	host->base = new_base();
	host->store = store_open(conf->state_dir);
	if (!host->base || !host->store)
		fatalx("the journal in %s can't be opened: see above", conf->state_dir);
	host->ts = ts_new(host->base);
	if (!host->ts)
		exit(1);
	if (!ts_flask(host->ts))
		log_warnx("this Xen does not enforce FLASK: VMs in danger lose their network only");
	else if (!ts_label_valid(host->ts, conf->danger_label))
		fatalx("the loaded FLASK policy does not know %s: load Lazaret's policy first",
		       conf->danger_label);
	if (conf->events_file) {
		host->events = fopen(conf->events_file, "ae");
		if (!host->events)
			fatal("%s", conf->events_file);
	}
	snprintf(path, sizeof(path), "%s/" CTL_SOCKET_NAME, conf->run_dir);
	host->ctl = ctl_new(host->base, path, group, commands_handle, host);
	if (!host->ctl)
		exit(1);
	ctl_deny(host->ctl, host->child_uid);
	ctl_deny_range(host->ctl, host->vm_uids.first, host->vm_uids.last);
}

static void close_all(struct host *host)
{
	struct vm *vm;

	scan_sweep(host);
	LIST_FOREACH (vm, &host->vms, entry) {
		attest_stop(vm);
		vtpm_leave(vm);
	}
	ctl_free(host->ctl);
	store_close(host->store);
	conf_free(host->conf);
}

int main(int argc, char **argv)
{
	struct options opt = {.conf = CONF_DEFAULT};
	static struct host host;

	setenv("TSS2_LOG", "all+NONE", 0); /* what it can't read, we report ourselves */
	parse(argc, argv, &opt);
	if (opt.role) {
		prctl(PR_SET_NAME, "lazaretd"); /* it was executed as /proc/self/exe */
		return run_role(opt.role, argc - optind, argv + optind);
	}
	crash_init();
	host.conf_path = opt.conf;
	host.conf = conf_load(opt.conf, stderr);
	if (!host.conf)
		return 2;
	if (opt.test && !checkup(host.conf, stderr))
		return 2;
	if (opt.test) {
		printf("%s: no errors\n", opt.conf);
		return 0;
	}
	notify_take();
	log_init("lazaretd", host.conf->syslog, host.conf->verbose || opt.verbose);
	open_all(&host);
	add_events(&host);
	vm_load_all(&host);
	hostboot_check(&host);
	scan_sweep(&host);
	sickbay_recover(host.conf->state_dir);
	host_event(&host, NULL, "start", "lazaretd",
		   json_pack("{s:s}", "version", LAZARET_VERSION));
	if (vtpm_start(&host) < 0 || discover_start(&host) < 0)
		return 1;
	notify_ready();
	event_base_dispatch(host.base);
	host_event(&host, NULL, "stop", "lazaretd", NULL);
	close_all(&host);
	return 0;
}
