# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The fuzzers, from the top directory: make -f tests/fuzz/fuzz.mk

CLANG ?= clang
B := build/fuzz
FUZZ_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra $(WERROR) -Wno-unknown-attributes -I. -D_FILE_OFFSET_BITS=64 -pthread \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
LOW_SRC := $(wildcard arch/*.c core/*.c core/*/*.c port/*.c base/*.c base/*/*.c)
FUZZ_SRC := tests/fuzz/fuzz_proc.c $(LOW_SRC) $(wildcard savecore/kcore/*.c savecore/source/*.c)
HEADERS := $(wildcard arch/*.h core/*.h core/*/*.h port/*.h base/*.h base/*/*.h dumpfile/*.h dumpfile/*/*.h savecore/*/*.h \
	waitgraph/*.h waitgraph/*/*.h tests/unit/kcore_image.h)

.PHONY: all
all: $(B)/fuzz_proc $(B)/fuzz_verify $(B)/fuzz_waits

# All code of savecore that reads a dump. Hashes are 0: see fuzz_verify.c.
VERIFY_SRC := tests/fuzz/fuzz_verify.c $(LOW_SRC) $(wildcard dumpfile/*.c dumpfile/*/*.c savecore/verify/*.c) \
	savecore/report/info.c

$(B)/fuzz_proc: $(FUZZ_SRC) $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_CFLAGS) -o $@ $(FUZZ_SRC) -lelf -ldeflate -lzstd -llzo2 -lxxhash -lbpf

$(B)/fuzz_verify: $(VERIFY_SRC) $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_CFLAGS) -Wl,--wrap=port_hash64,--wrap=kdump_new,--wrap=kdump_free -o $@ $(VERIFY_SRC) \
		-lkdumpfile -laddrxlat -ldeflate -lzstd -llzo2 -lxxhash

# All of waitgraph but its command line.
WAITS_SRC := tests/fuzz/fuzz_waits.c $(LOW_SRC) $(wildcard dumpfile/*.c dumpfile/*/*.c waitgraph/*/*.c) \
	waitgraph/summary.c waitgraph/reading.c

$(B)/fuzz_waits: $(WAITS_SRC) $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_CFLAGS) -Wl,--wrap=btf__find_by_name_kind -o $@ $(WAITS_SRC) \
		-lkdumpfile -laddrxlat -lbpf -ljansson -lelf -ldeflate -lzstd -llzo2 -lxxhash
