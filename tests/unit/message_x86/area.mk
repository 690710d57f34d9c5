# SPDX-License-Identifier: Apache-2.0
srcs := drivers/irqchip/ioapic.c drivers/irqchip/message.c drivers/iommu/message_x86.c \
	drivers/iommu/interrupt.c drivers/fw/machine_ids.c
area_cppflags := -I$(top)/arch/x86/include -DCONFIG_IOMMU_UNITS=4
# Nobody calls a unit by name, so an archive would leave it out.
area_ldlibs := $(OUTPUT)/obj/message_x86/tree/drivers/iommu/message_x86.o \
	-Wl,--start-group $(OUTPUT)/lib/message_x86.a $(OUTPUT)/lib/_host.a -Wl,--end-group
