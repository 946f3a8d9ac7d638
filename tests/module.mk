# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The module and its tests. Included by the top Makefile.

.PHONY: module
module:					## build livedump.ko for a stock kernel: KERNEL=
	module/build $(KERNEL)

MODULE_VM = tests/vm/run -k $(KERNEL) $(if $(filter 6.1,$(KERNEL)),-M zstd_compress) \
	-f $(B)/module/$(KERNEL)/livedump.ko:lib/livedump.ko \
	-f tests/vm/guest/module.sh:lib/module.sh

# The guest of module_hotplug has its own QEMU's monitor at a port, and a memory
# module that nothing of the boot is in.
MONITOR = $(B)/vm/monitor.$(KERNEL)
HOTPLUG_QEMU = -chardev socket,id=mon,path=$(MONITOR),server=on,wait=off \
	-mon chardev=mon,mode=readline -chardev socket,id=monport,path=$(MONITOR) \
	-device virtserialport,chardev=monport,name=monitor \
	-object memory-backend-ram,id=m0,size=256M -device pc-dimm,id=d0,memdev=m0

MODULE_TESTS := contract faults disk pressure hotplug

.PHONY: check-module $(MODULE_TESTS:%=check-module-%)
check-module: $(MODULE_TESTS:%=check-module-%)	## the module's contract and faults: KERNEL= N=

check-module-contract: module guest
	$(MODULE_VM) -m 512 -d 256 -t 300 module_contract

check-module-faults: module guest
	$(MODULE_VM) -m 512 -d 1024 -t 1200 module_faults $(N) 200

check-module-disk: module guest
	$(MODULE_VM) -m 512 -d 64 -t 900 -M dm_flakey -M quota_v2 -f /sbin/mke2fs:bin/mkfs.ext4 \
		-f /sbin/dmsetup module_disk

check-module-pressure: module guest
	$(MODULE_VM) -m 512 -d 256 -t 900 module_pressure $(N)

check-module-hotplug: module guest
	$(MODULE_VM) -m 512,slots=2,maxmem=2G -s 3 -d 2048 -t 900 -a memhp_default_state=online_movable \
		-q "$(HOTPLUG_QEMU)" module_hotplug $(N)

.PHONY: debug-kernel
debug-kernel:				## build the kernel that finds faults; minutes, once
	scripts/fetch kernel debug

.PHONY: check-debug
check-debug:				## the module on that kernel, half an hour or more
	tests/vm/check-debug
