/* SPDX-License-Identifier: Apache-2.0 */
/* Where assembly finds the fields of struct vcpu_arch; checked in backend.c. */
#ifndef VIRT_OFFSETS_H
#define VIRT_OFFSETS_H

#define VCPU_GPR(n) (8 + 8 * (n))
#define VCPU_CALL(n) (136 + 8 * (n))
#define VCPU_BLOCK 192
#define VCPU_BLOCK_PA 200
#define VCPU_HOST_PA 208
#define VCPU_RIP 216
#define VCPU_RFLAGS 224

#define GPR_RAX 0
#define GPR_RCX 1
#define GPR_RDX 2
#define GPR_RBX 3
#define GPR_RBP 5
#define GPR_RSI 6
#define GPR_RDI 7

#endif
