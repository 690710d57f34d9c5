// SPDX-License-Identifier: Apache-2.0
	.section .rodata.guest, "a"
	.balign	4096
	.globl	guest_image, guest_image_end
guest_image:
	.incbin	"guest/guest"
guest_image_end:
