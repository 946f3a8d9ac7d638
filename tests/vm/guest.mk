# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The programs that run in the guest: one static program for each C file in
# tests/vm/guest, and a library for LD_PRELOAD. Included by the top Makefile, and runnable by itself from
# the top directory: make -f tests/vm/guest.mk guest

GUEST_CFLAGS ?= -O2 -g -Wall -Wextra $(WERROR) -std=gnu11
GUEST_SRC := $(wildcard tests/vm/guest/*.c)
GUEST_BIN := $(GUEST_SRC:tests/vm/guest/%.c=build/guest/%)

.PHONY: guest
guest: $(GUEST_BIN) build/guest/fail.so

build/guest/fail.so: tests/cli/fail.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -shared -fPIC -o $@ $<

build/guest/%: tests/vm/guest/%.c
	@mkdir -p $(@D) build/guest-deps
	$(CC) $(GUEST_CFLAGS) -MMD -MP -MF build/guest-deps/$*.d -static -pthread -o $@ $<

-include $(GUEST_SRC:tests/vm/guest/%.c=build/guest-deps/%.d)
