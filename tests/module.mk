# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The module and its tests. Included by the top Makefile.

.PHONY: module
module:					## build livedump.ko for a stock kernel: KERNEL=
	module/build $(KERNEL)

MODULE_VM = tests/vm/run -k $(KERNEL) -m 512 $(if $(filter 6.1,$(KERNEL)),-M zstd_compress) \
	-f $(B)/module/$(KERNEL)/livedump.ko:lib/livedump.ko

.PHONY: check-module
check-module: module guest		## the module's contract and faults: KERNEL= N=
	$(MODULE_VM) -d 256 -t 300 module_contract
	$(MODULE_VM) -d 64 -t 900 module_faults $(N)

.PHONY: debug-kernel
debug-kernel:				## build the kernel that finds faults; minutes, once
	scripts/fetch kernel debug

.PHONY: check-debug
check-debug:				## the module on that kernel, half an hour or more
	tests/vm/check-debug
