# SPDX-License-Identifier: GPL-2.0-or-later
# Lazaret. `make help` explains.

prefix      ?= /usr/local
sbindir     ?= $(prefix)/sbin
libexecdir  ?= $(prefix)/libexec
datadir     ?= $(prefix)/share
mandir      ?= $(datadir)/man
libdir      ?= $(prefix)/lib
sysconfdir  ?= /etc
unitdir     ?= /lib/systemd/system
srcdir_dkms ?= /usr/src
xenscriptdir ?= $(sysconfdir)/xen/scripts
DESTDIR     ?=
VERSION     := 0.1.0

# Switches: WITH_SYSTEMD=no leaves out the unit, WITH_DKMS=no the module's source.
WITH_SYSTEMD ?= yes
WITH_DKMS    ?= yes
WITH_COMPLETION ?= yes

O     ?= build
KDIR  ?= $(lastword $(wildcard /lib/modules/$(shell uname -r)/build $(sort $(wildcard /lib/modules/*/build))))
V     ?= 0
Q     := $(if $(filter 1,$(V)),,@)
say    = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' "$(1)" "$(2)";)

CC      ?= cc
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla \
	   -Wpointer-arith -Wwrite-strings
WERROR  ?= $(if $(CI),-Werror)
PKGS    := libevent sqlite3 jansson inih libarchive libseccomp libcrypto ext2fs com_err blkid tss2-mu \
	   libsystemd xencontrol xenevtchn xengnttab xenlight xenstore xenvchan xentoollog
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcdb -lxlutil -l:libsepol.a
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -DLAZARET_VERSION='"$(VERSION)"' \
	      -DSBINDIR='"$(sbindir)"' -DSYSCONFDIR='"$(sysconfdir)"' \
	      -DDATADIR='"$(datadir)"' \
	      -Icontroller -Iinclude $(PKG_CFLAGS) $(WARN) $(WERROR) -fstack-protector-strong \
	      -D_FORTIFY_SOURCE=2 $(CFLAGS)
SAN_FLAGS  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	      -fno-omit-frame-pointer

LIB_SRC    := $(sort $(wildcard controller/common/*.c controller/attest/*.c controller/golden/*.c \
	      controller/store/*.c controller/acm/*.c controller/remedy/*.c controller/ctl/*.c \
	      controller/vm/*.c controller/vtpm/*.c controller/evidence/*.c controller/xsm/*.c))
TOOL_SRC   := $(sort $(wildcard controller/tool/*.c))
WORKER_SRC := $(sort $(wildcard controller/worker/*.c))
DAEMON_SRC := controller/main.c
UNIT_SRC   := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN   := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)
# What tests share: the sources beside them that are not tests, and the fuzz targets.
HELP_SRC   := $(filter-out $(UNIT_SRC),$(sort $(wildcard tests/unit/*.c))) \
	      $(sort $(wildcard tests/fuzz/fuzz_*.c)) tests/fuzz/seed.c
MAN        := $(wildcard man/*.[1-8])

# A cross-section of the lab's tests is part of «make check»; all the others, which together take half
# an hour more, are left to «make check-long».
LAB_TESTS  := $(sort $(wildcard $(addprefix tests/lab/t/,10-*.sh 15-*.sh 16-*.sh 18-*.sh 23-*.sh \
	      24-*.sh 30-*.sh 40-*.sh)))
# Seconds that one of the longest files may take.
LONG_LIMIT := 5400
LAB_DEBS   := $(sort $(wildcard tests/lab/t/6?-*-package.sh))
LAB_PV     := tests/lab/t/59-pv-remedy.sh
LAB_LONG   := $(filter-out $(LAB_TESTS) $(LAB_DEBS) $(LAB_PV) tests/lab/t/62-builtin.sh,$(sort $(wildcard tests/lab/t/*.sh)))
# What depends on the guest's kernel; «make check-kernels» runs it on each of these. One of ours has the notifier
# for a doorbell, and no other. With Lazaret in it, it takes no other module and no other way to extend; with
# Lazaret as a module, it knows who signed that.
KERNELS    ?= 6.12 7 6.1-builtin 6.1-signed
LAB_KMOD   := $(filter-out %/19-matrix.sh,$(sort $(wildcard $(addprefix tests/lab/t/,1?-*.sh 20-*.sh 24-*.sh 28-migrate.sh 29-controller-away.sh 36-*.sh 37-*.sh))))
LAB_OURS   := $(addprefix tests/lab/t/,10-*.sh 11-*.sh 13-*.sh 14-root.sh 15-*.sh 16-*.sh 28-migrate.sh 29-controller-away.sh 37-*.sh)
LAB_SIGNED := $(sort $(wildcard $(LAB_OURS) $(addprefix tests/lab/t/,20-*.sh 24-*.sh 64-*.sh)))
LAB_BUILTIN := $(sort $(wildcard $(LAB_OURS) $(addprefix tests/lab/t/,62-*.sh)))

# What a guest promises, on each of these kernels with each of these numbers of processors; and, with all that
# depends on the kernel, on those that look for mistakes in themselves: there each file ends with what they found.
MATRIX_KERNELS ?= 6.1 6.12 7 6.1-builtin
MATRIX_VCPUS ?= 1 2
DEBUG_KERNELS ?= 6.1-debug 6.1-signed-debug
LAB_LONG   := $(filter-out %/63-failing.sh %/64-enrolled-key.sh,$(LAB_LONG))

# What differs on Debian's own hypervisor, which has no FLASK: containment by devices alone.
LAB_STOCK  := $(wildcard $(addprefix tests/lab/t/,15-*.sh 40-*.sh 41-*.sh 42-*.sh 46-*.sh 47-*.sh 49-*.sh))

lib_obj    := $(LIB_SRC:%.c=$(O)/%.o)
san_obj    := $(LIB_SRC:%.c=$(O)/san/%.o)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: FORCE help all kmod install install-dkms install-guest uninstall deb demo check check-unit check-lab check-long check-packages check-kernels check-matrix check-debug check-stock lint lab bench fuzz clean deps

help:
	@echo "Lazaret $(VERSION): quarantine for Xen virtual machines"
	@echo
	@echo "  make demo        the whole story, live: installs what is missing, boots a real Xen in an"
	@echo "                   emulator, infects a guest, contains, cures and restores it (root)"
	@echo "  make check       lint, unit and lab tests (root; installs what is missing)"
	@echo
	@echo "  make all         lazaretd, lazaretctl and the remedy domain's worker, in $(O)/"
	@echo "  make kmod        the guest module, for KDIR=$(KDIR)"
	@echo "  make install     DESTDIR=, prefix=$(prefix), WITH_SYSTEMD= WITH_DKMS= WITH_COMPLETION=yes|no"
	@echo "  make install-guest  in a guest: the module's source for dkms, loaded at boot, IMA's policy"
	@echo "  make deb         Debian packages for dom0 and guests, in $(O)/deb/, looked over by lintian"
	@echo "  make uninstall   takes away what install put there (never /etc/lazaret or /var/lib/lazaret)"
	@echo "  make check-unit  unit tests, with the address and undefined behaviour sanitizers"
	@echo "  make check-lab   the lab's tests alone; T=tests/lab/t/10-lab.sh for some of them"
	@echo "  make check-long  the long lab tests, which make check leaves out (an hour and more)"
	@echo "  make check-stock the tests of containment, on Debian's hypervisor without FLASK"
	@echo "  make check-packages  the Debian packages: installed, upgraded, removed, purged; reboots, another kernel"
	@echo "  make check-kernels   the module's lab tests on the guest kernels KERNELS=$(KERNELS)"
	@echo "  make check-matrix    what a guest promises: kernels MATRIX_KERNELS, processors MATRIX_VCPUS, PV, PVH, HVM"
	@echo "  make check-debug     the same on kernels with lockdep, KFENCE, kmemleak and failing allocations"
	@echo "  make lint        formatting, static checks, sparse, shell, lengths"
	@echo "  make lab         builds and caches the lab (tests/lab/lab help tells more)"
	@echo "  make bench       the figures, side by side with evmctl's; LAB=no leaves out the lab's, PARTS=cost is one of these"
	@echo "  make fuzz        fuzzers of all that reads a guest's bytes; SECONDS_EACH=60"
	@echo "  make deps        installs what the build and the tests need from Debian's archive"
	@echo "  make clean       empties $(O)/ and kmod/; the lab's cache stays (tests/lab/lab clean)"
	@echo
	@echo "  V=1 shows the commands, O=DIR builds elsewhere, CI=true makes warnings errors"

all: $(O)/lazaretd $(O)/lazaretctl $(O)/lazaret-remedy

# The flags are a prerequisite: another prefix or another CFLAGS builds again.
$(O)/flags: FORCE
	$(Q)mkdir -p $(@D); printf '%s\n' '$(CC) $(ALL_CFLAGS) $(PKG_LIBS)' | cmp -s - $@ || \
		printf '%s\n' '$(CC) $(ALL_CFLAGS) $(PKG_LIBS)' > $@
FORCE:

$(O)/%.o: %.c $(O)/flags
	$(call say,CC,$<)mkdir -p $(@D); $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/san/%.o: %.c $(O)/flags
	$(call say,CC/SAN,$<)mkdir -p $(@D); $(CC) $(filter-out -D_FORTIFY_SOURCE=2,$(ALL_CFLAGS)) \
		$(SAN_FLAGS) -MMD -MP -c -o $@ $<

$(O)/liblazaret.a: $(lib_obj)
	$(call say,AR,$@)rm -f $@; ar rcs $@ $^

$(O)/san/liblazaret.a: $(san_obj)
	$(call say,AR,$@)rm -f $@; ar rcs $@ $^

$(O)/lazaretd: $(DAEMON_SRC:%.c=$(O)/%.o) $(O)/liblazaret.a
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/lazaretctl: $(TOOL_SRC:%.c=$(O)/%.o) $(O)/liblazaret.a
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# The worker runs in the remedy domain: with no more libraries than scripts/remedy-image puts there.
$(O)/lazaret-remedy: $(WORKER_SRC:%.c=$(O)/%.o) $(O)/liblazaret.a
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(PKG_LIBS)

$(O)/san/libunit.a: $(HELP_SRC:%.c=$(O)/san/%.o)
	$(call say,AR,$@)rm -f $@; ar rcs $@ $^

# The tool's tests have the whole tool but for its main() in them.
$(filter $(O)/unit/test_tool%,$(UNIT_BIN)): \
	$(patsubst %.c,$(O)/san/%.o,$(filter-out %/lazaretctl.c,$(TOOL_SRC)))

$(O)/unit/%: $(O)/san/tests/unit/%.o $(O)/san/libunit.a $(O)/san/liblazaret.a
	$(call say,LD,$@)mkdir -p $(@D); $(CC) $(SAN_FLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(PKG_LIBS) -lcmocka

$(O)/bench/bench: $(O)/tests/bench/bench.o $(O)/tests/unit/imalog.o $(O)/liblazaret.a
	$(call say,LD,$@)mkdir -p $(@D); $(CC) $(CFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/bench/tpm: $(O)/tests/bench/tpm.o $(O)/liblazaret.a
	$(call say,LD,$@)mkdir -p $(@D); $(CC) $(CFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/lz-peek: $(O)/tests/lab/tools/lz-peek.o $(O)/tests/lab/tools/peek-tricks.o
	$(call say,LD,$@)$(CC) $(CFLAGS) -o $@ $^ $(shell pkg-config --libs xenvchan xencontrol xenstore xentoollog 2>/dev/null)

$(O)/lz-hear: $(O)/tests/lab/tools/lz-hear.o
	$(call say,LD,$@)$(CC) $(CFLAGS) -o $@ $^

# For guests, who have none of Xen's libraries.
$(O)/lz-vchan: $(O)/tests/lab/tools/lz-vchan.o
	$(call say,LD,$@)$(CC) $(CFLAGS) -s -o $@ $^ -l:libxenvchan.a -l:libxengnttab.a -l:libxenevtchn.a \
		-l:libxenstore.a -l:libxencall.a -l:libxentoolcore.a -l:libxentoollog.a

# Static, since the lab's guests have none of these libraries.
$(O)/lz-talk: $(O)/tests/lab/tools/lz-talk.o
	$(call say,LD,$@)$(CC) $(CFLAGS) -static -s -o $@ $^ \
		$(shell pkg-config --static --libs xenvchan xenstore xenevtchn xengnttab xentoollog 2>/dev/null)

$(O)/lz-idle: tests/lab/tools/lz-idle.S
	$(call say,LD,$@)mkdir -p $(@D); $(CC) -m32 -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,-Ttext-segment=0x100000 -o $@ $<

$(O)/lz-shout: tests/lab/tools/lz-shout.c
	$(call say,LD,$@)mkdir -p $(@D); $(CC) -std=gnu11 $(WARN) $(WERROR) -Os -ffreestanding -fno-tree-loop-distribute-patterns -static -nostdlib \
		-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -no-pie -s \
		-Wl,--build-id=none -Wl,-z,noseparate-code -o $@ $<

# For remedy domains, in place of their worker: static, to be independent of what its image has.
$(O)/lz-liar: $(O)/tests/lab/tools/lz-liar.o
	$(call say,LD,$@)$(CC) $(CFLAGS) -static -s -o $@ $^

kmod:
	$(Q)$(MAKE) --no-print-directory -C kmod KDIR=$(KDIR)

check-unit: $(UNIT_BIN)
	$(Q)scripts/run-unit $(UNIT_BIN)

lint:
	$(Q)KDIR=$(KDIR) scripts/lint

deps:
	$(Q)scripts/install-deps all

lab:
	$(Q)scripts/install-deps all
	$(Q)tests/lab/lab build

check-lab: $(O)/stage.done
	$(Q)tests/lab/furnish $(O)/stage "$$(tests/lab/lab root)" "$$(tests/lab/lab packages)"
	$(Q)tests/lab/run-all $(O)/stage $(or $(T),$(LAB_TESTS))

check-long:
	$(Q)LAB_TEST_LIMIT=$(LONG_LIMIT) $(MAKE) --no-print-directory check-lab T="$(LAB_LONG)"
	$(Q)LAB_PVH=no $(MAKE) --no-print-directory check-lab T="$(LAB_PV)"
	$(Q)$(MAKE) --no-print-directory check-stock

check-stock:
	$(Q)LAB_FLASK=no $(MAKE) --no-print-directory check-lab T="$(or $(T),$(LAB_STOCK))"

check-packages:
	$(Q)scripts/install-deps all
	$(Q)scripts/install-deps deb
	$(Q)$(MAKE) --no-print-directory deb
	$(Q)tests/lab/guest-package
	$(Q)LAB_GUEST=package LAB_TEST_LIMIT=$(LONG_LIMIT) $(MAKE) --no-print-directory check-lab T="$(LAB_DEBS)"

check-kernels:
	$(Q)scripts/install-deps all
	$(Q)for kernel in $(KERNELS); do \
		case $$kernel in *-builtin) files="$(LAB_BUILTIN)" ;; *-signed) files="$(LAB_SIGNED)" ;; *) files="$(LAB_KMOD)" ;; esac; \
		LAB_KERNEL=$$kernel $(MAKE) --no-print-directory check-lab T="$$files" || exit 1; done

check-matrix:
	$(Q)scripts/install-deps all
	$(Q)tests/lab/matrix $(O)/matrix "$(MATRIX_KERNELS)" "$(MATRIX_VCPUS)"

check-debug:
	$(Q)scripts/install-deps all
	$(Q)tests/lab/matrix $(O)/matrix "$(DEBUG_KERNELS)" 2
	$(Q)for kernel in $(DEBUG_KERNELS); do \
		case $$kernel in *-signed-*) files="$(LAB_SIGNED)" ;; *) files="$(LAB_BUILTIN)" ;; esac; \
		LAB_VCPUS=2 LAB_KERNEL=$$kernel $(MAKE) --no-print-directory check-lab T="$$files tests/lab/t/63-failing.sh" || exit 1; done

check:
	$(Q)scripts/install-deps all
	$(Q)$(MAKE) --no-print-directory CI=true lint check-unit
	$(Q)O=$(O) SECONDS_EACH=10 scripts/fuzz --if-there
	$(Q)$(MAKE) --no-print-directory CI=true check-lab

demo:
	$(Q)scripts/install-deps all
	$(Q)$(MAKE) --no-print-directory $(O)/stage.done
	$(Q)tests/lab/demo $(O)/stage

bench: all $(O)/bench/bench $(O)/bench/tpm $(O)/stage.done
	$(Q)scripts/bench $(O)

fuzz:
	$(Q)O=$(O) scripts/fuzz

# What the lab puts into dom0: an installation with prefix=/usr.
$(O)/stage.done: FORCE
	$(Q)$(MAKE) --no-print-directory O=$(O)/lab prefix=/usr all \
		$(O)/lab/lz-peek $(O)/lab/lz-hear $(O)/lab/lz-shout $(O)/lab/lz-talk $(O)/lab/lz-vchan \
		$(O)/lab/lz-idle $(O)/lab/lz-liar
	$(Q)rm -rf $(O)/stage
	$(Q)$(MAKE) --no-print-directory O=$(O)/lab prefix=/usr DESTDIR=$(abspath $(O))/stage install >/dev/null
	$(Q)install -D -t $(O)/stage/usr/lib/lazaret-lab $(O)/lab/lz-peek $(O)/lab/lz-hear \
		$(O)/lab/lz-shout $(O)/lab/lz-talk $(O)/lab/lz-vchan $(O)/lab/lz-idle $(O)/lab/lz-liar
	$(Q)touch $@

install: all
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(sysconfdir)/lazaret $(DESTDIR)$(datadir)/lazaret
	install -m 755 $(O)/lazaretd $(O)/lazaretctl $(DESTDIR)$(sbindir)
	install -D -t $(DESTDIR)$(libexecdir)/lazaret $(O)/lazaret-remedy scripts/remedy-image \
		scripts/remedy-init
	ln -sf $(libexecdir)/lazaret/remedy-image $(DESTDIR)$(sbindir)/lazaret-remedy-image
	test -e $(DESTDIR)$(sysconfdir)/lazaret/lazaretd.conf || \
		install -m 644 contrib/lazaretd.conf $(DESTDIR)$(sysconfdir)/lazaret/lazaretd.conf
	cp -r policy $(DESTDIR)$(datadir)/lazaret/
	for page in $(MAN); do \
		install -D -m 644 $$page $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done
	for script in vif-bridge block; do install -D -m 755 contrib/lazaret-hotplug \
		$(DESTDIR)$(xenscriptdir)/lazaret-$$script; done
ifeq ($(WITH_SYSTEMD),yes)
	install -d $(DESTDIR)$(unitdir)
	sed 's,@sbindir@,$(sbindir),' contrib/lazaretd.service > $(DESTDIR)$(unitdir)/lazaretd.service
	install -D -m 644 contrib/lazaret.sysusers $(DESTDIR)$(libdir)/sysusers.d/lazaret.conf
endif
ifeq ($(WITH_COMPLETION),yes)
	install -D -m 644 contrib/lazaretctl.bash \
		$(DESTDIR)$(datadir)/bash-completion/completions/lazaretctl
endif
ifeq ($(WITH_DKMS),yes)
	$(Q)$(MAKE) --no-print-directory install-dkms
endif

install-dkms:
	install -d $(addprefix $(DESTDIR)$(srcdir_dkms)/lazaret-$(VERSION)/,kmod include/uapi)
	install -m 644 $(filter-out %.mod.c,$(wildcard kmod/*.[chS])) kmod/Kbuild kmod/features.mk kmod/Makefile \
		$(DESTDIR)$(srcdir_dkms)/lazaret-$(VERSION)/kmod
	install -m 644 include/uapi/lazaret.h $(DESTDIR)$(srcdir_dkms)/lazaret-$(VERSION)/include/uapi
	install -m 644 dkms.conf Kconfig $(DESTDIR)$(srcdir_dkms)/lazaret-$(VERSION)

install-guest: install-dkms
	install -D -m 644 contrib/lazaret.modules $(DESTDIR)$(libdir)/modules-load.d/lazaret.conf
	test -e $(DESTDIR)$(sysconfdir)/ima/ima-policy || \
		install -D -m 644 policy/ima/ima-policy $(DESTDIR)$(sysconfdir)/ima/ima-policy

# From a copy of what git knows, or else of all but results. The tests have run before, in the tree.
deb:
	$(Q)scripts/make-deb $(O)/deb

uninstall:
	rm -f $(DESTDIR)$(sbindir)/lazaretd $(DESTDIR)$(sbindir)/lazaretctl
	rm -f $(DESTDIR)$(sbindir)/lazaret-remedy-image
	rm -rf $(DESTDIR)$(libexecdir)/lazaret
	rm -f $(DESTDIR)$(unitdir)/lazaretd.service $(DESTDIR)$(libdir)/sysusers.d/lazaret.conf
	rm -f $(DESTDIR)$(libdir)/modules-load.d/lazaret.conf
	rm -f $(DESTDIR)$(xenscriptdir)/lazaret-vif-bridge $(DESTDIR)$(xenscriptdir)/lazaret-block
	rm -f $(DESTDIR)$(datadir)/bash-completion/completions/lazaretctl
	for page in $(MAN); do rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(datadir)/lazaret $(DESTDIR)$(srcdir_dkms)/lazaret-$(VERSION)

clean:
	rm -rf $(O)
	$(Q)if [ -n "$(KDIR)" ]; then for dir in kmod tests/attacks/*/; do \
		$(MAKE) --no-print-directory -C $$dir KDIR=$(KDIR) clean; done; fi

-include $(shell find $(O) -name '*.d' -type f 2>/dev/null)
