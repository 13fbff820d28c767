# SPDX-License-Identifier: BSD-2-Clause
# hwfp: `make deps` installs what building needs, `make` builds into build/, `make try` shows what
# it does, `make check` runs every test. Quiet unless V=1.

VERSION := 0.1.0

PREFIX ?= /usr
SYSCONFDIR ?= /etc
DESTDIR ?=
MULTIARCH ?= $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR ?= $(PREFIX)/lib/$(MULTIARCH)
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec/hwfp
PAMDIR ?= /lib/$(MULTIARCH)/security
UNITDIR ?= /lib/systemd/system
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/vendor-completions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share/hwfp

BUILD ?= build
CC ?= cc
AR ?= ar
WERROR ?=
SANITIZE ?=

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wvla -Wwrite-strings -Wundef -Wpointer-arith $(if $(WERROR),-Werror)
HARDENING := -fstack-protector-strong -fPIC $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
ifneq ($(SANITIZE),)
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
CFLAGS ?= -O2 -g
# 64-bit file offsets and times on 32-bit machines, too: without them readdir(3) fails on the inode
# numbers of a 64-bit kernel, and sources would see no disks and no NICs.
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-DHWFP_VERSION='"$(VERSION)"' -Iinclude -Ilibhwfp -Itests/support -fvisibility=hidden \
	$(WARNINGS) $(HARDENING) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
ALL_LDFLAGS := $(SANITIZERS) -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
# Shared libraries everywhere, as a distribution links them (Debian policy 4.13): a static libcrypto
# needs zlib and zstd from OpenSSL 3.5 on, and a security update of a library must reach hwfp, too.
CRYPTO := -lcrypto -lcrypt
AUDIT := -laudit
LIBS := -lcjson -luuid -linih -lmnl

# What building needs, and what the tests need beyond it. Each has its reason in the README.
BUILD_PACKAGES := gcc make libc6-dev libpam0g-dev uuid-dev libssl-dev libcjson-dev libinih-dev \
	libmnl-dev libcrypt-dev libaudit-dev
TRY_PACKAGES := $(BUILD_PACKAGES) pamtester util-linux dmidecode libauparse-dev
DEB_PACKAGES := $(BUILD_PACKAGES) build-essential debhelper fakeroot libcmocka-dev lintian \
	pkg-config
CHECK_PACKAGES := $(TRY_PACKAGES) libcmocka-dev clang clang-tidy clang-format cppcheck valgrind \
	strace dmidecode openssh-server openssh-client jq iproute2 git libclang-rt-dev procps man-db \
	systemd sudo opendoas cron vlock expect zsh fish prometheus prometheus-node-exporter ansible-core \
	facter auditd locales libauparse-dev $(DEB_PACKAGES)
# The guests of tests/vm.
VM_PACKAGES := $(DEB_PACKAGES) qemu-system-x86 qemu-utils mmdebstrap busybox-static cpio kmod \
	e2fsprogs openssh-client jq util-linux
# Cross-building needs these beyond CHECK_PACKAGES, and the libraries' packages in a sysroot.
CROSS_PACKAGES := gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu qemu-user
SYSROOT_PACKAGES := $(filter %-dev,$(BUILD_PACKAGES)) libcmocka-dev libauparse-dev

LIB_SRCS := $(sort $(wildcard libhwfp/*.c))
CLI_SRCS := $(sort $(wildcard hwfp/*.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
PAM_TEST_SRCS := $(sort $(wildcard tests/pam/test_*.c))
TOOL_SRCS := $(sort $(wildcard tests/tools/*.c))
SUPPORT_SRCS := $(sort $(wildcard tests/support/*.c))

LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/obj/%.o)
CLI_OBJS := $(CLI_SRCS:%.c=$(BUILD)/obj/%.o)
PAM_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard pam_*.c))
SEND_OBJ := $(BUILD)/obj/send_record.o
BOOT_OBJS := $(BUILD)/obj/hwfp_boot.o $(BUILD)/obj/boot_record.o
LIB := $(BUILD)/libhwfp.a
SUPPORT_OBJS := $(SUPPORT_SRCS:%.c=$(BUILD)/obj/%.o)
PRODUCTS := $(BUILD)/hwfp $(BUILD)/hwfp-boot $(BUILD)/pam_hwfp.so $(LIB)
UNIT_TESTS := $(UNIT_SRCS:tests/unit/%.c=$(BUILD)/tests/%)
PAM_TESTS := $(PAM_TEST_SRCS:tests/pam/%.c=$(BUILD)/tests/%)
TOOLS := $(TOOL_SRCS:tests/tools/%.c=$(BUILD)/tests/%)

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-4s %s\n'
endif

all: $(PRODUCTS)

$(BUILD)/obj/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(LIB): $(LIB_OBJS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJS)

$(BUILD)/hwfp: $(CLI_OBJS) $(SEND_OBJ) $(LIB)
	$(say) LD $@
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CRYPTO) $(AUDIT)

$(BUILD)/hwfp-boot: $(BOOT_OBJS) $(SEND_OBJ) $(LIB)
	$(say) LD $@
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CRYPTO) $(AUDIT)

$(BUILD)/pam_hwfp.so: $(PAM_OBJS) $(LIB) pam_hwfp.map
	$(say) LD $@
	$(Q)$(CC) -shared $(ALL_LDFLAGS) $(if $(SANITIZE),,-Wl,-z,defs) -Wl,--version-script=pam_hwfp.map -o $@ \
		$(filter %.o %.a,$^) $(LIBS) $(CRYPTO) -lpam

$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(SUPPORT_OBJS) $(LIB)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CRYPTO) -lcmocka

$(PAM_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/pam/%.o $(SUPPORT_OBJS) $(LIB)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CRYPTO) -lcmocka -lpam -ldl

$(TOOLS): $(BUILD)/tests/%: $(BUILD)/obj/tests/tools/%.o $(SUPPORT_OBJS) $(LIB)
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CRYPTO) $(TOOL_LIBS)

$(BUILD)/tests/audit_records: TOOL_LIBS := $(AUDIT)
$(BUILD)/tests/audit_fields: TOOL_LIBS := -lauparse

tools: $(TOOLS)
tests: $(PRODUCTS) $(TOOLS) $(UNIT_TESTS) $(PAM_TESTS)

# Packages are asked for only when one is missing, so that a second run needs no network.
apt_install = missing=$$(for p in $(1); do dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | \
	grep -qx installed || echo $$p; done); [ -z "$$missing" ] || { apt-get update -q && \
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; }

deps:
	@$(call apt_install,$(BUILD_PACKAGES))

try-deps:
	@$(call apt_install,$(TRY_PACKAGES))

check-deps:
	@$(call apt_install,$(CHECK_PACKAGES))

try: try-deps
	@$(MAKE) --no-print-directory all tools
	@tests/try

check: check-deps
	@tests/run

check-unit: $(UNIT_TESTS)
	@status=0; for test in $^; do $$test || status=1; done; exit $$status

deb-deps:
	@$(call apt_install,$(DEB_PACKAGES))

# From a copy of the tree, and without what was set for this one: dpkg-buildpackage begins with
# `make clean`.
DEB_SOURCE := $(BUILD)/deb/hwfp-$(VERSION)
deb: deb-deps
	@rm -rf $(BUILD)/deb && mkdir -p $(DEB_SOURCE)
	@tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C $(DEB_SOURCE)
	@cd $(DEB_SOURCE) && env -u MAKEFLAGS -u MFLAGS -u BUILD dpkg-buildpackage -us -uc
	@rm -rf $(DEB_SOURCE)
	@ls $(BUILD)/deb/*.deb

# In a scratch system (tests/chamber), enrolled for the purpose: this machine's vault is not touched.
bench: try-deps
	@$(MAKE) --no-print-directory all tools
	@scratch=$$(mktemp -d) && trap 'rm -rf --one-file-system "$$scratch"' EXIT && \
	tests/chamber "$$scratch/disk" -- $(BUILD)/hwfp --quiet enroll && \
	tests/chamber "$$scratch/disk" -- $(BUILD)/tests/bench $(BUILD)/hwfp

# Real guests: tests/vm/README.md. SCENARIOS="01 02" runs those alone.
check-vm:
	@$(call apt_install,$(VM_PACKAGES))
	@BUILD=$(BUILD) tests/debs
	@BUILD=$(BUILD) tests/vm/build
	@BUILD=$(BUILD) tests/vm/run $(SCENARIOS)

# The unit and scenario suites on arm64, armhf and s390x, under qemu-user: `tests/cross` has the how.
check-cross:
	@$(call apt_install,$(CROSS_PACKAGES))
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(BUILD) SYSROOT_PACKAGES="$(SYSROOT_PACKAGES)" tests/cross

# Before and after, some 350 times: tests/scenarios/README.md. Ends with the table of the README.
scenarios: check-deps
	@$(MAKE) --no-print-directory all tools
	@tests/scenarios/run >$(BUILD)/scenarios.log || { grep -A3 '^not ok' $(BUILD)/scenarios.log; exit 1; }
	@tests/scenarios/run --table

clean:
	rm -rf $(BUILD)

install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PAMDIR) $(DESTDIR)$(UNITDIR) \
		$(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf.d
	install -m 0755 $(BUILD)/hwfp $(DESTDIR)$(SBINDIR)/hwfp
	install -m 0755 $(BUILD)/hwfp-boot $(DESTDIR)$(LIBEXECDIR)/hwfp-boot
	install -m 0644 $(BUILD)/pam_hwfp.so $(DESTDIR)$(PAMDIR)/pam_hwfp.so
	for unit in conf/*.service conf/*.target conf/*.path conf/*.timer; do \
		sed 's|/usr/libexec/hwfp/|$(LIBEXECDIR)/|g; s|/usr/sbin/|$(SBINDIR)/|g' $$unit > $(DESTDIR)$(UNITDIR)/$${unit##*/} || exit 1; \
		chmod 0644 $(DESTDIR)$(UNITDIR)/$${unit##*/} || exit 1; done
	install -d $(DESTDIR)$(DATADIR)
	sed 's|/usr/libexec/hwfp/|$(LIBEXECDIR)/|g' conf/auditd-node.conf > $(DESTDIR)$(DATADIR)/auditd-node.conf
	chmod 0644 $(DESTDIR)$(DATADIR)/auditd-node.conf
	install -d $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8
	for page in man/*.[578]; do \
		install -m 0644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/ || exit 1; done
	install -D -m 0644 conf/completions/hwfp.bash $(DESTDIR)$(BASHDIR)/hwfp
	install -D -m 0644 conf/completions/_hwfp $(DESTDIR)$(ZSHDIR)/_hwfp
	install -D -m 0644 conf/completions/hwfp.fish $(DESTDIR)$(FISHDIR)/hwfp.fish
	[ -e $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf ] || \
		install -m 0644 conf/hwfp.conf $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf
	install -d $(DESTDIR)$(DATADIR)
	install -m 0644 conf/prometheus-rules.yml conf/grafana-dashboard.json $(DESTDIR)$(DATADIR)/
	install -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 0644 include/hwfp.h $(DESTDIR)$(INCLUDEDIR)/hwfp.h
	install -m 0644 $(LIB) $(DESTDIR)$(LIBDIR)/libhwfp.a
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' conf/hwfp.pc.in \
		> $(DESTDIR)$(LIBDIR)/pkgconfig/hwfp.pc

.PHONY: all tools tests deps try-deps check-deps deb-deps try check check-unit deb check-cross check-vm bench scenarios clean install
.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
