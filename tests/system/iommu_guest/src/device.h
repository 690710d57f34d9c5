/* SPDX-License-Identifier: Apache-2.0 */
/* The test's own device, as guests and judge see it; registers of 64 bits. */
#ifndef TESTS_IOMMU_GUEST_DEVICE_H
#define TESTS_IOMMU_GUEST_DEVICE_H

#define DEVICE_BASE 0x0b000000

#define DEVICE_BASE_OF 0x00 /* r: registers of the device for the next transfer; 0: there is none */
#define DEVICE_ADDRESS 0x08 /* r: where the next transfer goes to or comes from */
#define DEVICE_HOW 0x10     /* r: of it, HOW_* */
#define DEVICE_BUFFER 0x18  /* w: memory of the guest that a transfer may reach */
#define DEVICE_DONE 0x20    /* w: the transfer is over; the first word of the buffer */
#define DEVICE_BEGUN 0x28   /* w: the transfer is under way */
#define DEVICE_TICK 0x30    /* w: some time has gone by */
#define DEVICE_KIND 0x38    /* r: of the device for the next transfer, KIND_* */
#define DEVICE_MESSAGES \
	0x40 /* r: edu, whose messages are bound from now on, 0: it has none; w: how many came */
#define DEVICE_TICKS 0x48 /* w: how long the fastest of them took */

/* What the owner has of edu's message, an SPI or a vector's line, and how often it raises it. */
#ifdef __aarch64__
#define MESSAGE_INTID 230
#else
#define MESSAGE_INTID 22
#endif
#define MESSAGES 16

#define HOW_TO_MEMORY 1
#define HOW_LEAVE 2  /* tell when it has begun, not when it is over */
#define HOW_WORD 8   /* edu: 4 bytes and no more */
#define HOW_SOILED 4 /* the device was not reset since its owner's last life */

#define KIND_EDU 0
#define KIND_NVME 1
#define KIND_VIRTIO 2

/* What the guest has edu carry. */
#define PATTERN 0xa77acca77acca77aULL

#endif
