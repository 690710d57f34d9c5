# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_SYSTEM_IMAGE) += fit.o fit_index.o
obj-$(CONFIG_SYSTEM_IMAGE) += hash.o
obj-$(CONFIG_SYSTEM_IMAGE) += heap.o
obj-$(CONFIG_SYSTEM_IMAGE) += image.o
obj-$(CONFIG_SYSTEM_IMAGE) += payload.o
obj-$(CONFIG_PARTITIONS) += channel.o
obj-$(CONFIG_PARTITIONS) += handle.o
obj-$(CONFIG_PARTITIONS) += manage.o
obj-$(CONFIG_MANIFEST) += manifest.o manifest_tree.o manifest_partition.o manifest_schedule.o manifest_device.o \
	manifest_memory.o start.o system.o

ifdef CONFIG_SYSTEM_IMAGE
obj-y += $(if $(CONFIG_SHA256_CPU),,sha256_no_cpu.o)
obj-y += $(if $(CONFIG_SYSTEM_IMAGE_CHECK_ALL),payloads_now.o,payloads_later.o)
obj-y += $(if $(CONFIG_SYSTEM_IMAGE_FLASH),slot_flash.o,slot_none.o)
obj-y += $(if $(CONFIG_SYSTEM_IMAGE_UNVERIFIED),sig_unverified.o,sig.o)
endif
obj-$(CONFIG_SIG_ECDSA_P256) += sig_p256.o sig_no_rsa3072.o
obj-$(CONFIG_SIG_RSA3072_PSS) += sig_rsa3072.o sig_no_p256.o

ifdef CONFIG_SYSTEM_IMAGE
obj-$(CONFIG_PARTITIONS) += payloads.o
endif
