# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Everything that tests. Unit tests are built with the sanitizers, the core of
# them too, below build/san.

SAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
# Tests may have the core's allocations fail, time pass as they like, the power fail
# between names, and count reads, see fake.h.
TEST_LIBS := -lcmocka -lz -Wl,--wrap=port_alloc,--wrap=port_alloc_locked \
	-Wl,--wrap=port_free,--wrap=port_free_locked \
	-Wl,--wrap=port_now_ns,--wrap=port_sleep_ns,--wrap=port_cpus \
	-Wl,--wrap=pread64 \
	-Wl,--wrap=linkat,--wrap=renameat,--wrap=renameat2,--wrap=symlinkat,--wrap=unlinkat
UNIT_SRC := $(sort $(shell find tests/unit -name 'test_*.c'))
ifneq ($(WATCH),yes)
UNIT_SRC := $(filter-out tests/unit/watch/%,$(UNIT_SRC))
endif
UNIT := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
SAN_OBJ := $(patsubst %.c,$(B)/san/%.o,$(CORE_SRC) $(USER_SRC) $(TABLES_SRC)) \
	$(patsubst %,$(B)/san/tests/unit/%.o,fake job moment)

$(B)/san/%.o: %.c Makefile tests/rules.mk
	@mkdir -p $(@D)
	@echo "  CC      $< (sanitized)"
	$(Q)$(CC) $(CPPFLAGS) $(SAN) $(LD_CFLAGS) -MMD -MP -c -o $@ $<

# A test is linked with those that it needs: each links in a fraction of the time.
$(B)/san/all.a: $(SAN_OBJ)
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcsT $@ $^

$(B)/unit/%: $(B)/san/tests/unit/%.o $(B)/san/all.a
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LD_LIBS) $(TEST_LIBS)

$(filter $(B)/unit/watch/%,$(UNIT)): $(B)/unit/%: $(B)/san/tests/unit/%.o \
		$(WATCH_SRC:%.c=$(B)/san/%.o) $(B)/san/all.a
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	$(Q)$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LD_LIBS) $(WATCH_LIBS) $(TEST_LIBS)

.SECONDARY: $(WATCH_SRC:%.c=$(B)/san/%.o)
.SECONDARY: $(UNIT_SRC:%.c=$(B)/san/%.o) $(SAN_OBJ)

# The marker scan knows the formats by itself and is linked with none of ours.
$(B)/scan: tests/oracle/scan.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -std=gnu11 $(WARN) -pthread -o $@ $< -lz -lzstd -llzo2

include tests/vm/guest.mk

.PHONY: check
check:					## all tests of scripts/run-tests, virtual machines too
	scripts/setup
	scripts/run-tests

UNIT_RUN := $(UNIT:%=%.run)

.PHONY: check-unit $(UNIT_RUN)
check-unit: $(UNIT_RUN)			## unit tests, with sanitizers

$(UNIT_RUN): %.run: %
	@$<

.PHONY: check-watch
check-watch: all guest			## livedump-watch, in virtual machines too: KERNEL= KILLS=
	tests/watch/run -n $(KILLS)
	tests/vm/check-watch -k $(KERNEL)

.PHONY: check-userland
check-userland:				## the packages on whole Debian systems, 40 minutes: SUITE=
	tests/userland/run $(SUITE)

.PHONY: check-freestanding
check-freestanding:			## the core calls what port/symbols lists, no more, no less
	scripts/check-freestanding

.PHONY: check-sparse
check-sparse:				## sparse on the module: KERNEL=
	module/build -c $(KERNEL)

.PHONY: lint
lint:					## style and static checks
	scripts/lint

KERNEL ?= 6.1
KILLS ?= 100
N ?= 20
ENGINE ?= kcore
MODE ?= live
CPUS ?= 2
WORKERS ?= 4

.PHONY: demo
demo:					## a deadlocked machine, dumped alive and looked at: KERNEL=
	scripts/setup
	$(MAKE) all guest
	tests/oracle/demo -k $(KERNEL)

.PHONY: trials
trials: all guest			## dumps under churn: KERNEL= N= ENGINE= MODE= CPUS= WORKERS=
	tests/oracle/trials -k $(KERNEL) -n $(N) -e $(ENGINE) -m $(MODE) -s $(CPUS) -p $(WORKERS)

.PHONY: bench
bench: all guest			## speed and size beside makedumpfile, on a recorded image
	tests/bench/run

.PHONY: bench-scale
bench-scale: all guest			## the same with more memory and processors: build/scale.json
	tests/bench/scale

.PHONY: check-freeze
check-freeze: all guest			## frozen dumps: of one moment, and what they meet with: KERNEL= N=
	tests/oracle/moment -k $(KERNEL) -n $(N)
	tests/vm/check-module -k $(KERNEL) -n $(N) freeze twice
	tests/oracle/kdump -k $(KERNEL)

.PHONY: check-privacy
check-privacy: all guest		## data of programs in dumps, with zram and all pools of zswap
	tests/oracle/secrets -k 6.1 -p 16384
	tests/oracle/secrets -k 6.12 -p 16384
	tests/oracle/secrets -k 7 -p 16384
	tests/oracle/secrets -k 7 -s zsmalloc -p 16384 swap
	for pool in zbud z3fold zsmalloc; do \
		tests/oracle/secrets -k 6.1-amd64 -s $$pool -p 16384 swap && \
		tests/oracle/secrets -k 6.12-amd64 -s $$pool -p 16384 swap || exit 1; \
	done

.PHONY: bench-pause
bench-pause: all guest			## how long a freeze stops the system: KERNEL=
	tests/bench/pause -k $(KERNEL) -b 1 2 4 8

.PHONY: bench-vm
bench-vm:				## the module beside its peers, in a virtual machine: KERNEL=
	tests/bench/engines -k $(KERNEL)

include tests/module.mk

SECONDS ?= 300

.PHONY: fuzz
fuzz:					## garbage in --proc DIR, for --verify, --restore and waitgraph: SECONDS=
	tests/fuzz/run $(SECONDS) proc verify waits
