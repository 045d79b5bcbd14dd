/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a TPM that came up, and the start that it measured, are compared with. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "acm/toolstack.h"
#include "unit.h"
#include "vmbed.h"
#include "vtpm/enrol.h"
#include "vtpm/inside.h"
#include "vtpm/mark.h"
#include "vtpm/remove.h"

static struct vtpm tpm;

static int set_up(void **state)
{
	int rc = vmbed_set_up(state);

	tpm = (struct vtpm){.vm = bed.vm, .up = true};
	tpm.ready = (struct ipc_tpm_ready){.measured = 1, .reset_count = 5, .ak_len = 3};
	memset(tpm.ready.kernel, 'a', 64);
	memset(tpm.ready.cmdline, 'b', 64);
	memset(tpm.ready.config, 'c', 64);
	memset(tpm.ready.hypervisor, 'd', 64);
	bed.vm->vtpm = &tpm;
	return rc;
}

static int tear_down(void **state)
{
	vmbed_settle();
	bed.vm->vtpm = NULL;
	json_decref(bed.vm->row.tpm);
	bed.vm->row.tpm = NULL;
	return vmbed_tear_down(state);
}

/* It is started again, in the way that resets count. */
static void comes_up(void)
{
	tpm.ready.reset_count++;
	enrol_check(bed.vm, &tpm.ready);
}

static void enrolled(void)
{
	const char *why;

	comes_up();
	assert_int_equal(enrol_add(bed.vm, "test", NULL, false, &why), 0);
	assert_true(enrol_good(bed.vm, &why));
}

static void unmeasured(void **state)
{
	const char *why;

	(void)state;
	tpm.ready.measured = 0;
	comes_up();
	assert_true(enrol_good(bed.vm, &why));
	tpm.ready.measured = 1;
	assert_false(enrol_good(bed.vm, &why));
	enrolled();
	tpm.ready.measured = 0;
	comes_up();
	assert_false(enrol_good(bed.vm, &why));
	assert_non_null(strstr(why, "was not measured, and others are enrolled"));
	assert_int_not_equal(bed.vm->row.state, VM_DANGER);
	tpm.up = false;
	assert_false(enrol_good(bed.vm, &why));
}

/* dom0's own doing: nothing to be contained for, but nothing that is known either. */
static void other_hypervisor(void **state)
{
	const char *why;

	(void)state;
	enrolled();
	tpm.ready.hypervisor[0] = 'e';
	comes_up();
	assert_int_not_equal(bed.vm->row.state, VM_DANGER);
	assert_false(enrol_good(bed.vm, &why));
	assert_non_null(strstr(why, "hypervisor"));
	assert_int_equal(enrol_add(bed.vm, "test", NULL, false, &why), 0);
	assert_true(enrol_good(bed.vm, &why));
	/* The new kernel was enrolled with the new hypervisor: only that differs then. */
	tpm.ready.kernel[0] = 'e';
	assert_int_equal(enrol_add(bed.vm, "test", NULL, false, &why), 0);
	tpm.ready.hypervisor[0] = 'f';
	comes_up();
	assert_int_not_equal(bed.vm->row.state, VM_DANGER);
}

/* Enrolled before hypervisors were. */
static void no_hypervisor(void **state)
{
	const char *why;

	(void)state;
	tpm.ready.hypervisor[0] = '\0';
	enrolled();
	tpm.ready.hypervisor[0] = 'd';
	comes_up();
	assert_true(enrol_good(bed.vm, &why));
}

static void every_part_is_named(void **state)
{
	(void)state;
	enrolled();
	memset(tpm.ready.kernel, 'f', 64);
	memset(tpm.ready.ramdisk, 'f', 64);
	memset(tpm.ready.cmdline, 'f', 64);
	memset(tpm.ready.config, 'f', 64);
	memset(tpm.ready.hypervisor, 'f', 64);
	comes_up();
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	assert_non_null(strstr(bed.vm->row.reason, "another kernel (sha256 ffffffffffffffff, "
						   "expected aaaaaaaaaaaaaaaa), "));
	assert_non_null(strstr(bed.vm->row.reason, "initramfs"));
	assert_non_null(strstr(bed.vm->row.reason, "command line"));
	assert_non_null(strstr(bed.vm->row.reason, "configuration"));
	assert_non_null(strstr(bed.vm->row.reason, "hypervisor"));
	assert_non_null(strstr(bed.vm->row.reason, "than enrolled"));
}

static void counters(void **state)
{
	json_t *tpm_known;

	(void)state;
	comes_up();
	tpm.ready.restart_count = 1; /* the guest has sent TPM2_Shutdown(STATE) */
	enrol_check(bed.vm, &tpm.ready);
	comes_up();
	tpm.ready.restart_count = 0;
	comes_up();
	assert_int_not_equal(bed.vm->row.state, VM_DANGER);
	tpm_known = json_deep_copy(bed.vm->row.tpm);
	enrol_check(bed.vm, &tpm.ready);
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	assert_non_null(strstr(bed.vm->row.reason, "rolled back"));
	assert_true(json_equal(tpm_known, bed.vm->row.tpm));
	json_decref(tpm_known);
}

/* On an operator's word, and never under a VM that runs. */
static void removed(void **state)
{
	char folder[256], file[300];
	const char *why;

	(void)state;
	enrolled();
	bed.conf.state_dir = bed.dir;
	snprintf(folder, sizeof(folder), "%s/vtpm/" VMBED_UUID, bed.dir);
	snprintf(file, sizeof(file), "%s/vtpm", bed.dir);
	assert_int_equal(mkdir(file, 0711), 0);
	assert_int_equal(mark_set(folder, "ek.crt", "x"), 0);
	assert_int_equal(vtpm_remove(bed.vm, "test", &why), -1);
	assert_int_equal(access(folder, F_OK), 0);
	bed.vm->vtpm = NULL;
	bed.vm->domid = -1;
	assert_int_equal(vtpm_remove(bed.vm, "test", &why), 0);
	assert_int_not_equal(access(folder, F_OK), 0);
	assert_null(bed.vm->row.tpm);
	assert_int_equal(vtpm_remove(bed.vm, "test", &why), 0); /* there is nothing */
}

/* A configuration as libxl writes it, but for the rest. */
static void text_of(const char *disks, const char *pci, char *out, size_t size)
{
	json_t *config =
		json_pack("{s:{s:{s:s},s:o,s:o}}", "config", "c_info", "type", "pvh", "disks",
			  json_loads(disks, 0, NULL), "pcidevs", json_loads(pci, 0, NULL));

	assert_non_null(config);
	ts_config_text(config, out, size);
	json_decref(config);
}

static void configuration(void **state)
{
	static const char disk[] = "[{\"vdev\":\"xvda\",\"format\":\"raw\",\"readwrite\":1,"
				   "\"pdev_path\":\"/dev/a\"}]";
	static const char other[] = "[{\"vdev\":\"xvda\",\"format\":\"raw\",\"readwrite\":1,"
				    "\"pdev_path\":\"/dev/b\"}]";
	char a[256], b[256];

	(void)state;
	text_of(disk, "[{\"bus\":3,\"func\":1}]", a, sizeof(a));
	assert_string_equal(a, "type=pvh pci=0000:03:00.1 disk=xvda:rw:raw:/dev/a");
	text_of(other, "[{\"bus\":4,\"func\":1}]", b, sizeof(b));
	assert_string_equal(b, "type=pvh pci=0000:04:00.1 disk=xvda:rw:raw:/dev/b");
	/* The difference lies behind what there is room for. */
	text_of(disk, "[{\"bus\":3},{\"bus\":4},{\"bus\":5}]", a, 80);
	text_of(other, "[{\"bus\":3},{\"bus\":4},{\"bus\":5}]", b, 80);
	assert_int_equal(strlen(a), 79);
	assert_memory_equal(a, "type=pvh pci=00", 15);
	assert_string_not_equal(a, b);
}

#define WITH_VM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_VM(unmeasured),
		WITH_VM(other_hypervisor),
		WITH_VM(no_hypervisor),
		WITH_VM(every_part_is_named),
		WITH_VM(counters),
		WITH_VM(removed),
		cmocka_unit_test(configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
