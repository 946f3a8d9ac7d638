# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The programs of the benchmark, from the top directory:
# make -f tests/bench/bench.mk

B := build/bench
BENCH_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Wshadow $(WERROR) -I. -D_FILE_OFFSET_BITS=64 -pthread
KCORE_SRC := $(wildcard arch/*.c core/format/vmcoreinfo.c core/pages/zbud.c savecore/kcore/*.c savecore/source/kcore_*.c) \
	base/error.c base/escape.c base/hint.c port/procfile.c
CODEC_SRC := $(wildcard core/codec/*.c) core/result.c port/port_user.c port/threads.c
HEADERS := $(wildcard arch/*.h core/*.h core/*/*.h port/*.h base/*.h dumpfile/*.h dumpfile/*/*.h savecore/*/*.h)

.PHONY: all
all: $(B)/record $(B)/load $(B)/limit

$(B)/record: tests/bench/record.c $(KCORE_SRC) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^) -lelf -lbpf

# What runs in the guest.
.PHONY: guest
guest: $(B)/load $(B)/meter $(B)/beside $(B)/server

$(B)/load $(B)/meter $(B)/beside $(B)/server: $(B)/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $<

$(B)/limit: tests/bench/limit.c $(KCORE_SRC) $(CODEC_SRC) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^) -lelf -lbpf -ldeflate -lzstd -llzo2 -lxxhash
