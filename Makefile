# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# livedump: dumps of the running kernel. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
# where systemd looks for units and catalogs
SYSTEMD ?= $(PREFIX)/lib/systemd
# whether it is this system that is installed to
SYSTEMD_RUNS := $(if $(DESTDIR),,$(wildcard /run/systemd/system))
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
# make V=1 shows the commands
Q := $(if $(V),,@)

VERSION := $(shell sed -n 's/^## //p;T;q' NEWS.md)
B := build

# scripts/run-tests sets -Werror. A release must build with newer compilers.
WERROR ?=
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla $(WERROR)
LIBS_PC := libelf libdeflate libzstd lzo2 libxxhash libkdumpfile libaddrxlat libseccomp jansson libbpf
LD_CFLAGS := -std=gnu11 $(WARN) -I. -D_FILE_OFFSET_BITS=64 -pthread \
	-DLIVEDUMP_VERSION='"$(VERSION)"' $(shell $(PKG_CONFIG) --cflags $(LIBS_PC) 2>/dev/null)
LD_LIBS := -pthread $(shell $(PKG_CONFIG) --libs $(LIBS_PC) 2>/dev/null || \
	echo -lelf -ldeflate -lzstd -llzo2 -lxxhash -lkdumpfile -laddrxlat -lseccomp -ljansson -lbpf)

CORE_SRC := $(sort $(wildcard arch/*.c core/*.c core/*/*.c))
LOW_SRC := $(sort $(wildcard port/*.c base/*.c base/*/*.c dumpfile/*.c dumpfile/*/*.c sandbox/*.c))
# waitgraph has nothing of savecore's, but savecore tells who waits for whom, too.
WAIT_SRC := $(sort $(LOW_SRC) $(filter-out waitgraph/main.c,$(wildcard waitgraph/*.c waitgraph/*/*.c)))
USER_SRC := $(sort $(WAIT_SRC) $(filter-out savecore/main.c,$(wildcard savecore/*.c savecore/*/*.c)))
# The part of the module that does not call the kernel; only tests use it here.
TABLES_SRC := $(sort $(wildcard module/tables/*.c))
# livedump-watch is left out where its libraries are missing.
WATCH_PC := inih libtracefs libsystemd
WATCH ?= $(shell $(PKG_CONFIG) --exists $(WATCH_PC) 2>/dev/null && echo yes)
WATCH_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(WATCH_PC))
WATCH_LIBS = $(shell $(PKG_CONFIG) --libs $(WATCH_PC))
WATCH_SRC := $(sort $(filter-out watch/main.c,$(wildcard watch/*.c watch/*/*.c)))
WATCH_OBJ := $(WATCH_SRC:%.c=$(B)/obj/%.o)
CORE_OBJ := $(CORE_SRC:%.c=$(B)/obj/%.o)
USER_OBJ := $(USER_SRC:%.c=$(B)/obj/%.o)
WAIT_OBJ := $(WAIT_SRC:%.c=$(B)/obj/%.o)

.PHONY: all
all: $(B)/savecore $(B)/waitgraph $(B)/completion/savecore watch	## build all programs

.PHONY: watch
ifeq ($(WATCH),yes)
watch: $(B)/livedump-watch		## build livedump-watch
else
watch:
	@echo "  livedump-watch is left out: it needs the libraries $(WATCH_PC)"
endif

.PHONY: help
help:					## list the targets
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | \
		sort | expand -t 22

$(B)/savecore: $(B)/obj/savecore/main.o $(USER_OBJ) $(CORE_OBJ)
	@echo "  LINK    $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LD_LIBS)

$(B)/waitgraph: $(B)/obj/waitgraph/main.o $(WAIT_OBJ) $(CORE_OBJ)
	@echo "  LINK    $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LD_LIBS)

$(B)/livedump-watch: $(B)/obj/watch/main.o $(WATCH_OBJ) $(USER_OBJ) $(CORE_OBJ)
	@echo "  LINK    $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LD_LIBS) $(WATCH_LIBS)

$(B)/obj/watch/%.o $(B)/san/watch/%.o $(B)/san/tests/unit/watch/%.o: LD_CFLAGS += $(WATCH_CFLAGS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LD_CFLAGS) -MMD -MP -c -o $@ $<

# The completion has its options from the table of savecore.
$(B)/list-options: $(B)/obj/completion/list_options.o $(USER_OBJ) $(CORE_OBJ)
	@echo "  LINK    $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LD_LIBS)

$(B)/completion/savecore: completion/savecore.in $(B)/list-options
	@mkdir -p $(@D)
	$(Q)$(B)/list-options >$@.rows
	$(Q)sed -e '/^# OPTIONS$$/{r $@.rows' -e 'd}' $< >$@

.PHONY: install
install: all				## install both, the manuals and the like, make /var/crash
	install -D -m 755 $(B)/savecore $(DESTDIR)$(PREFIX)/sbin/savecore
	install -D -m 755 $(B)/waitgraph $(DESTDIR)$(PREFIX)/bin/waitgraph
	install -D -m 644 man/savecore.8 $(DESTDIR)$(PREFIX)/share/man/man8/savecore.8
	install -D -m 644 man/waitgraph.1 $(DESTDIR)$(PREFIX)/share/man/man1/waitgraph.1
	install -D -m 644 man/livedump.4 $(DESTDIR)$(PREFIX)/share/man/man4/livedump.4
	install -D -m 644 include/uapi/livedump.h $(DESTDIR)$(PREFIX)/include/livedump.h
	install -D -m 644 $(B)/completion/savecore $(DESTDIR)$(COMPLETIONS)/savecore
	install -D -m 644 doc/savecore.schema.json \
		$(DESTDIR)$(PREFIX)/share/livedump/savecore.schema.json
	install -D -m 644 completion/waitgraph $(DESTDIR)$(COMPLETIONS)/waitgraph
ifeq ($(WATCH),yes)
	install -D -m 755 $(B)/livedump-watch $(DESTDIR)$(PREFIX)/sbin/livedump-watch
	install -D -m 644 man/livedump-watch.8 $(DESTDIR)$(PREFIX)/share/man/man8/livedump-watch.8
	install -D -m 644 man/livedump-watch.conf.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/livedump-watch.conf.5
	install -D -m 644 completion/livedump-watch $(DESTDIR)$(COMPLETIONS)/livedump-watch
	install -D -m 644 watch/system/livedump-watch.catalog \
		$(DESTDIR)$(SYSTEMD)/catalog/livedump-watch.catalog
	install -d $(DESTDIR)$(SYSTEMD)/system
	sed 's|@SBINDIR@|$(PREFIX)/sbin|' watch/system/livedump-watch.service.in \
		>$(DESTDIR)$(SYSTEMD)/system/livedump-watch.service
	chmod 644 $(DESTDIR)$(SYSTEMD)/system/livedump-watch.service
	install -D -m 644 watch/system/watch.conf $(DESTDIR)$(PREFIX)/share/livedump/watch.conf
endif
	test -d $(DESTDIR)/var/crash || install -d -m 700 $(DESTDIR)/var/crash
	$(if $(SYSTEMD_RUNS),-journalctl --update-catalog)

.PHONY: uninstall
uninstall:				## remove what install installs; dumps stay
	$(if $(SYSTEMD_RUNS),$(if $(wildcard $(SYSTEMD)/system/livedump-watch.service),\
		-systemctl disable --now livedump-watch.service))
	rm -f $(DESTDIR)$(PREFIX)/sbin/savecore $(DESTDIR)$(PREFIX)/share/man/man8/savecore.8 \
		$(DESTDIR)$(PREFIX)/share/man/man4/livedump.4 $(DESTDIR)$(PREFIX)/include/livedump.h \
		$(DESTDIR)$(COMPLETIONS)/savecore $(DESTDIR)$(COMPLETIONS)/waitgraph \
		$(DESTDIR)$(PREFIX)/bin/waitgraph $(DESTDIR)$(PREFIX)/share/man/man1/waitgraph.1 \
		$(DESTDIR)$(PREFIX)/share/livedump/savecore.schema.json \
		$(DESTDIR)$(PREFIX)/sbin/livedump-watch $(DESTDIR)$(COMPLETIONS)/livedump-watch \
		$(DESTDIR)$(PREFIX)/share/man/man8/livedump-watch.8 \
		$(DESTDIR)$(PREFIX)/share/man/man5/livedump-watch.conf.5 \
		$(DESTDIR)$(PREFIX)/share/livedump/watch.conf \
		$(DESTDIR)$(SYSTEMD)/catalog/livedump-watch.catalog \
		$(DESTDIR)$(SYSTEMD)/system/livedump-watch.service
	rmdir $(DESTDIR)$(PREFIX)/share/livedump 2>/dev/null || true
	$(if $(SYSTEMD_RUNS),-systemctl daemon-reload; journalctl --update-catalog)

.PHONY: deb
deb:					## build the Debian packages, to build/deb
	scripts/deb

.PHONY: dist
dist:					## pack the last commit as a release, to build/
	scripts/dist

.PHONY: clean
clean:					## remove what was built
	rm -rf $(B)

include tests/rules.mk

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
