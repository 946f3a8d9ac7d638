# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The fuzzer, from the top directory: make -f tests/fuzz/fuzz.mk

CLANG ?= clang
B := build/fuzz
FUZZ_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-unknown-attributes -D_FILE_OFFSET_BITS=64 -pthread \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_SRC := tests/fuzz/fuzz_proc.c $(wildcard core/*.c savecore/kcore_*.c) port/user.c \
	savecore/source_kcore.c savecore/vmcoreinfo.c savecore/error.c
HEADERS := $(wildcard core/*.h port/*.h savecore/*.h tests/unit/kcore_image.h)

$(B)/fuzz_proc: $(FUZZ_SRC) $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_CFLAGS) -o $@ $(FUZZ_SRC) -lelf -lz -lzstd -llzo2 -lxxhash
