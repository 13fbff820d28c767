# SPDX-License-Identifier: BSD-2-Clause
# hwfp: `make deps` installs what building needs, `make` builds into build/, `make try` shows what
# it does, `make check` runs every test. Quiet unless V=1.

VERSION := 0.2.0

#: Where things go (make install PREFIX=/usr/local DESTDIR=/tmp/image ...):
#:   PREFIX         of all but the following [/usr]
#:   DESTDIR        a folder that stands for / [none]
#:   SYSCONFDIR     the configuration; the programs read /etc/hwfp [/etc]
#:   UNITDIR        units of systemd [PREFIX/lib/systemd/system]
#:   PAMDIR         the PAM module [/usr/lib/MULTIARCH/security for any PREFIX]
#:   PAMCONFIGDIR   the profile of PAM [/usr/share/pam-configs for any PREFIX]
#:   SBINDIR, LIBEXECDIR, LIBDIR, INCLUDEDIR, DATADIR, MANDIR, BASHDIR, ZSHDIR,
#:   FISHDIR        as their names say, below PREFIX
PREFIX ?= /usr
SYSCONFDIR ?= /etc
DESTDIR ?=
MULTIARCH ?= $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR ?= $(PREFIX)/lib/$(MULTIARCH)
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec/hwfp
# These two do not follow PREFIX: libpam looks for modules in one folder, pam-auth-update for profiles
# in another, and both are compiled in. On Debian 12 and later /lib is a link to /usr/lib.
PAMDIR ?= /usr/lib/$(MULTIARCH)/security
PAMCONFIGDIR ?= /usr/share/pam-configs
UNITDIR ?= $(PREFIX)/lib/systemd/system
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/vendor-completions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share/hwfp

#: How it is built (make CC=clang WERROR=1 ...):
#:   BUILD          the folder for all that is made [build]
#:   CC, AR, CFLAGS, CPPFLAGS, LDFLAGS
#:   WERROR=1       warnings are errors
#:   SANITIZE=1     with AddressSanitizer and UndefinedBehaviorSanitizer
#:   V=1            commands are shown
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
	-ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(HARDENING) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
ALL_LDFLAGS := $(SANITIZERS) -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
# Shared libraries everywhere, as a distribution links them (Debian policy 4.13): a static libcrypto
# needs zlib and zstd from OpenSSL 3.5 on, and a security update of a library must reach hwfp, too.
CRYPTO := -lcrypto -lcrypt
AUDIT := -laudit
LIBS := -lcjson -luuid -linih -lmnl

# What building needs, and what the tests need beyond it. Each has its reason in
# docs/dependencies.md.
BUILD_PACKAGES := gcc make libc6-dev libpam0g-dev uuid-dev libssl-dev libcjson-dev libinih-dev \
	libmnl-dev libcrypt-dev libaudit-dev
TRY_PACKAGES := $(BUILD_PACKAGES) pamtester util-linux dmidecode libauparse-dev
DEB_PACKAGES := $(BUILD_PACKAGES) build-essential debhelper fakeroot libcmocka-dev lintian \
	pkg-config
RPM_PACKAGES := $(BUILD_PACKAGES) libcmocka-dev rpm
CHECK_PACKAGES := $(TRY_PACKAGES) libcmocka-dev clang clang-tidy clang-format cppcheck valgrind \
	strace dmidecode openssh-server openssh-client jq iproute2 git libclang-rt-dev procps man-db \
	systemd sudo opendoas cron vlock expect zsh fish prometheus prometheus-node-exporter ansible-core \
	facter auditd locales libauparse-dev $(DEB_PACKAGES) \
	$(RPM_PACKAGES)
# The guests of tests/vm.
VM_PACKAGES := $(DEB_PACKAGES) qemu-system-x86 qemu-utils mmdebstrap cpio kmod \
	e2fsprogs openssh-client jq util-linux debian-archive-keyring xz-utils
# The one of them that is for arm64, which is made by hand.
VM_PI_PACKAGES := $(VM_PACKAGES) qemu-system-arm qemu-user-static binfmt-support device-tree-compiler
# The fresh trees of other releases, and what building and testing needs in them.
DISTRIBUTION_PACKAGES := mmdebstrap debian-archive-keyring util-linux
TREE_PACKAGES := $(sort $(TRY_PACKAGES) $(DEB_PACKAGES))
# Cross-building needs these beyond CHECK_PACKAGES, and the libraries' packages in a sysroot.
CROSS_PACKAGES := $(DEB_PACKAGES) gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu qemu-user \
	qemu-user-static binfmt-support mmdebstrap debian-archive-keyring
SYSROOT_PACKAGES := $(filter %-dev,$(BUILD_PACKAGES)) libcmocka-dev libauparse-dev

LIB_SRCS := $(sort $(wildcard libhwfp/*.c libhwfp/*/*.c))
CLI_SRCS := $(sort $(wildcard hwfp/*.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
PAM_TEST_SRCS := $(sort $(wildcard tests/pam/test_*.c))
TOOL_SRCS := $(sort $(wildcard tests/tools/*.c))
SUPPORT_SRCS := $(sort $(wildcard tests/support/*.c))

LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/obj/%.o)
CLI_OBJS := $(CLI_SRCS:%.c=$(BUILD)/obj/%.o)
PAM_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard pam_*.c)))
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

#: What can be made (make TARGET):
#:   all            what `make` makes: both programs, the PAM module, the library
all: $(PRODUCTS)
	@$(give_back)

# sudo make must leave a folder that the user can work with: it gets the owner of the tree. Links are
# not followed.
give_back = [ "$$(id -u)" != 0 ] || [ "$$(stat -c %u .)" = 0 ] || [ ! -d $(BUILD) ] || \
	chown -hR --reference=. $(BUILD)
and_give_back = status=$$?; $(give_back); exit $$status

$(BUILD)/obj/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# cmocka 2 deprecates macros for which cmocka 1, of Debian 12 and 13, has no other name.
$(BUILD)/obj/tests/%.o: ALL_CFLAGS += -Wno-error=deprecated-declarations

$(LIB): $(LIB_OBJS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcsD $@ $(LIB_OBJS)

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
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CRYPTO) -lcmocka -lm

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

#:   tests          all, and the programs of the tests
tools: $(TOOLS)
	@$(give_back)
tests: $(PRODUCTS) $(TOOLS) $(UNIT_TESTS) $(PAM_TESTS)
	@$(give_back)

# $(call logged,NAME,COMMAND): what COMMAND prints goes into a log; its end is shown if it fails. The
# folder is the user's, as sudo may make it before a build of the user's own.
logged = mkdir -p $(BUILD)/log && { chown --reference=. $(BUILD) $(BUILD)/log 2>/dev/null || :; } && \
	{ { $(2); } >$(BUILD)/log/$(1) 2>&1 || { tail -n 20 $(BUILD)/log/$(1) >&2; \
	echo "The whole log is $(BUILD)/log/$(1)." >&2; exit 1; }; }

# Packages are asked for only when one is missing, so that a second run needs no network.
apt_install = missing=$$(for p in $(1); do dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | \
	grep -qx installed || echo $$p; done); [ -z "$$missing" ] || { \
	echo "Installing packages: $$(echo $$missing | wc -w), and those that they need (log: $(BUILD)/log/apt) ..." && \
	$(call logged,apt,apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
	--no-install-recommends $$missing); }

#:   deps           installs what building needs (Debian, Ubuntu; as root)
deps:
	@$(call apt_install,$(BUILD_PACKAGES))

try-deps:
	@$(call apt_install,$(TRY_PACKAGES))

check-deps:
	@$(call apt_install,$(CHECK_PACKAGES))

#:   try            shows what hwfp does, in a scratch system (as root)
try: try-deps
	@echo "Building hwfp and its tools (log: $(BUILD)/log/build) ..."
	@$(call logged,build,$(MAKE) --no-print-directory all tools); $(and_give_back)
	@tests/try; $(and_give_back)

#:   check          runs every test (as root; an hour); tests/run quick: minutes
check: check-deps
	@tests/run; $(and_give_back)

#:   check-unit     the unit tests alone; needs cmocka, and no root
check-unit: $(UNIT_TESTS)
	@status=0; for test in $^; do $$test || status=1; done; exit $$status

deb-deps:
	@$(call apt_install,$(DEB_PACKAGES))

# The source as one file, which packages are built from. The same tree gives the same bytes: the times
# are those of the last entry of debian/changelog.
SOURCE := $(BUILD)/hwfp-$(VERSION).tar.gz
CHANGED = $(shell sed -n '/^ -- .*>  /{s///p;q}' debian/changelog)
source:
	@mkdir -p $(BUILD)
	@tar --exclude=./.git --exclude=./build --exclude=./$(BUILD) --sort=name --owner=0 --group=0 \
		--numeric-owner --mode=u+rw,go=rX --mtime='$(CHANGED)' --transform='s|^\.|hwfp-$(VERSION)|S' \
		-cf - . | gzip -n >$(SOURCE)

# From a copy of the tree, and without what was set for this one: dpkg-buildpackage begins with
# `make clean`.
DEB_SOURCE := $(BUILD)/deb/hwfp-$(VERSION)
#:   deb            Debian packages, in BUILD/deb
deb: deb-deps source
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb
	@gzip -dc $(SOURCE) | tar --delete hwfp-$(VERSION)/debian | gzip -n >$(BUILD)/deb/hwfp_$(VERSION).orig.tar.gz
	@tar -xzf $(SOURCE) -C $(BUILD)/deb
	@(cd $(DEB_SOURCE) && env -u MAKEFLAGS -u MFLAGS -u BUILD dpkg-buildpackage -us -uc); $(and_give_back)
	@rm -rf $(DEB_SOURCE)
	@$(give_back)
	@ls $(BUILD)/deb/*.deb

#:   rpm            RPM packages, in BUILD/rpm; on Debian, see packaging/README.md
# Debian has the libraries under other names than those in the spec file: --nodeps.
rpm: rpm-deps source
	@rpmbuild -ta --quiet --nodeps $(RPM_FLAGS) --define '_topdir $(abspath $(BUILD))/rpm' $(SOURCE); \
		$(and_give_back)
	@find $(BUILD)/rpm -name '*.rpm'

rpm-deps:
	@$(call apt_install,$(RPM_PACKAGES))

#:   bench          what a check costs (as root)
# In a scratch system (tests/chamber), enrolled for the purpose: this machine's vault is not touched.
bench: try-deps
	@$(MAKE) --no-print-directory all tools
	@scratch=$$(mktemp -d) && trap 'rm -rf --one-file-system "$$scratch"' EXIT && \
	tests/chamber "$$scratch/disk" -- $(BUILD)/hwfp --quiet enroll && \
	tests/chamber "$$scratch/disk" -- $(BUILD)/tests/bench $(BUILD)/hwfp

#:   check-vm       real Debian guests, in QEMU (as root)
# Real guests: tests/vm/README.md. SCENARIOS="01 02" runs those alone.
check-vm:
	@$(call apt_install,$(VM_PACKAGES))
	@BUILD=$(BUILD) tests/vm/build
	@BUILD=$(BUILD) tests/vm/run $(SCENARIOS); $(and_give_back)

#:   check-vm-pi    a guest like a Raspberry Pi: arm64, emulated twice (as root)
check-vm-pi:
	@$(call apt_install,$(VM_PI_PACKAGES))
	@BUILD=$(BUILD) tests/vm/build trixie-arm64
	@BUILD=$(BUILD) tests/vm/run 12; $(and_give_back)

#:   check-distributions  other releases: RELEASES="trixie ..." (as root)
# Debian 12 and 13, Debian testing and Ubuntu 24.04.
check-distributions:
	@$(call apt_install,$(DISTRIBUTION_PACKAGES))
	@BUILD=$(BUILD) TREE_PACKAGES="$(TREE_PACKAGES)" tests/distributions $(RELEASES); $(and_give_back)

#:   check-cross    the unit and scenario suites of other architectures (as root)
# The unit and scenario suites on arm64, armhf and s390x, under qemu-user: `tests/cross` has the how.
check-cross:
	@$(call apt_install,$(CROSS_PACKAGES))
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(BUILD) SYSROOT_PACKAGES="$(SYSROOT_PACKAGES)" tests/cross; $(and_give_back)

#:   scenarios      hundreds of repairs, moves and copies, judged (as root)
# Before and after, some 350 times: tests/scenarios/README.md. Ends with the table of the README.
scenarios: check-deps
	@$(MAKE) --no-print-directory all tools
	@tests/scenarios/run >$(BUILD)/scenarios.log || { grep -A3 '^not ok' $(BUILD)/scenarios.log; exit 1; }
	@tests/scenarios/run --table

#:   stories        random machines, their lives and their copies: SEED=N COUNT=N
# tests/stories/README.md
stories:
	@$(MAKE) --no-print-directory $(BUILD)/tests/stories
	@BUILD=$(BUILD) tests/stories/run --table $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT))

#:   clean          removes BUILD
clean:
	rm -rf $(BUILD)

# What is installed, FILE:MODE:PLACE, beside the configuration. uninstall removes the same.
UNITS := $(sort $(wildcard conf/*.service conf/*.target conf/*.path conf/*.timer))
INSTALLED = \
	$(BUILD)/hwfp:0755:$(SBINDIR)/hwfp \
	$(BUILD)/hwfp-boot:0755:$(LIBEXECDIR)/hwfp-boot \
	$(BUILD)/pam_hwfp.so:0644:$(PAMDIR)/pam_hwfp.so \
	$(if $(PAMCONFIGDIR),conf/pam-config:0644:$(PAMCONFIGDIR)/hwfp) \
	$(foreach unit,$(UNITS),$(unit):0644:$(UNITDIR)/$(notdir $(unit))) \
	$(foreach file,auditd-node.conf grafana-dashboard.json prometheus-rules.yml, \
		conf/$(file):0644:$(DATADIR)/$(file)) \
	$(foreach page,$(sort $(wildcard man/*.[578])), \
		$(page):0644:$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page))) \
	conf/cloud-clean:0755:$(SYSCONFDIR)/cloud/clean.d/90-hwfp \
	conf/completions/hwfp.bash:0644:$(BASHDIR)/hwfp \
	conf/completions/_hwfp:0644:$(ZSHDIR)/_hwfp \
	conf/completions/hwfp.fish:0644:$(FISHDIR)/hwfp.fish \
	include/hwfp.h:0644:$(INCLUDEDIR)/hwfp.h \
	$(LIB):0644:$(LIBDIR)/libhwfp.a \
	conf/hwfp.pc.in:0644:$(LIBDIR)/pkgconfig/hwfp.pc
# Folders that are hwfp's alone, the inner ones first.
OWN_FOLDERS = $(SYSCONFDIR)/hwfp/hwfp.conf.d $(SYSCONFDIR)/hwfp $(LIBEXECDIR) $(DATADIR)
# The files in conf/ name the programs where they are by default.
PLACES = s|/usr/libexec/hwfp/|$(LIBEXECDIR)/|g; s|/usr/sbin/|$(SBINDIR)/|g; \
	s|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|

#:   install        all of it, below DESTDIR; a hwfp.conf that is there is kept
install: all
	$(Q)set -e; for entry in $(INSTALLED); do \
		from=$${entry%%:*} to=$(DESTDIR)$${entry##*:} mode=$${entry#*:}; mode=$${mode%:*}; \
		printf '  %-4s %s\n' INST $$to; \
		install -D -m $$mode $$from $$to; \
		case $$from in conf/*) sed -i '$(PLACES)' $$to ;; esac; \
	done
	@install -d $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf.d
	@[ -e $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf ] || \
		install -m 0644 conf/hwfp.conf $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf

# A line of PAM whose module is gone refuses every login, and a gated unit whose target is gone never
# starts.
#:   uninstall      removes it; keeps a changed hwfp.conf, and /var/lib/hwfp
uninstall:
	@lines=$$(grep -lsE '^[^#]*pam_hwfp\.so' $(DESTDIR)$(SYSCONFDIR)/pam.d/*); [ -z "$$lines" ] || { \
		echo "These files name pam_hwfp.so, and without it would refuse every login:" $$lines >&2; \
		echo "Remove the lines first (pam-auth-update --remove hwfp, or by hand)." >&2; exit 1; }
	@gates=$$(ls -d $(DESTDIR)$(SYSCONFDIR)/systemd/system/*.d/50-hwfp.conf 2>/dev/null); [ -z "$$gates" ] || { \
		echo "These units would never start again:" $$gates >&2; \
		echo "Run hwfp ungate for each of them first." >&2; exit 1; }
	@for entry in $(INSTALLED); do rm -f $(DESTDIR)$${entry##*:} || exit 1; done
	@! cmp -s conf/hwfp.conf $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf || rm $(DESTDIR)$(SYSCONFDIR)/hwfp/hwfp.conf
	@for folder in $(OWN_FOLDERS); do [ ! -d $(DESTDIR)$$folder ] || \
		rmdir --ignore-fail-on-non-empty $(DESTDIR)$$folder; done
	@for kept in $(SYSCONFDIR)/hwfp /var/lib/hwfp; do [ ! -e $(DESTDIR)$$kept ] || \
		echo "$(DESTDIR)$$kept is kept."; done

# The lines of this file that begin with #: are the help: those of the targets stand beside them.
#:   help           this
help:
	@sed -n '/^#: What/,$$s/^#: //p' Makefile
	@sed -n '/^#: What/q;s/^#: //p' Makefile

.PHONY: all tools tests source deps try-deps check-deps deb-deps try check check-unit deb rpm rpm-deps check-distributions check-cross check-vm check-vm-pi bench scenarios stories clean install uninstall help
.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
