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
#define VCPU_CPUID_RIP 232
#define VCPU_CPUID_CR3 240
#define VCPU_CPUID_LENGTH 248
#define VCPU_CPUID 256
#define CPUID_ENTRY_SHIFT 5

/* struct cpuid_cached. */
#define CPUID_NOT_LEAF 0
#define CPUID_NOT_SUBLEAF 4
#define CPUID_EAX 8
#define CPUID_EBX 12
#define CPUID_ECX 16
#define CPUID_EDX 20

#define GPR_RAX 0
#define GPR_RCX 1
#define GPR_RDX 2
#define GPR_RBX 3
#define GPR_RBP 5
#define GPR_RSI 6
#define GPR_RDI 7

#endif
