# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The module and its tests. Included by the top Makefile.

.PHONY: module
module:					## build livedump.ko for a stock kernel: KERNEL=
	module/build $(KERNEL)

CASES ?=

.PHONY: check-module
check-module: guest			## the module's contract and faults: KERNEL= N= CASES=
	tests/vm/check-module -k $(KERNEL) -n $(N) $(CASES)

KERNELS ?=

.PHONY: check-kernels
check-kernels: all guest		## the module on all kernels, hours: KERNELS= N=
	tests/vm/check-kernels -n $(N) $(KERNELS)

.PHONY: debug-kernel
debug-kernel:				## build the kernel that finds faults; minutes, once
	scripts/fetch kernel debug

.PHONY: check-debug
check-debug:				## the module on that kernel, an hour or more
	tests/vm/check-debug
