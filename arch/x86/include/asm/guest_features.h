/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The features of its CPU that a partition can be shown or not, by the names of the manifest; they
 * are Linux's where it has one. cpuid.c, the rules of manifests and docs/cpu-features.md are made
 * from it. What is not here cannot be asked for, and is not shown unless cpuid.c says so.
 *
 * GUEST_FEATURES(F): F(id, name, leaf, register, bit, source, default, needs, text)
 *   register      EAX, EBX, ECX, EDX of subleaf 0; WHOLE: the leaf itself and those behind it
 *   source        CPU: as far as the CPU has it; OWN: Bulkhead's, whatever the CPU has
 *   default       SHOWN, HIDDEN: without a word in the manifest
 *   needs         without which it is not shown; itself: nothing
 *   text          what changes beside CPUID
 */
#ifndef ASM_GUEST_FEATURES_H
#define ASM_GUEST_FEATURES_H

/* clang-format off */
#define GUEST_FEATURES(F)                                                                          \
F(SSE3, "sse3", 0x1, ECX, 0, CPU, SHOWN, SSE3, "")                                                 \
F(PCLMULQDQ, "pclmulqdq", 0x1, ECX, 1, CPU, SHOWN, PCLMULQDQ, "")                                  \
F(SSSE3, "ssse3", 0x1, ECX, 9, CPU, SHOWN, SSSE3, "")                                              \
F(FMA, "fma", 0x1, ECX, 12, CPU, SHOWN, AVX, "")                                                   \
F(CX16, "cx16", 0x1, ECX, 13, CPU, SHOWN, CX16, "")                                                \
F(SSE4_1, "sse4_1", 0x1, ECX, 19, CPU, SHOWN, SSE4_1, "")                                          \
F(SSE4_2, "sse4_2", 0x1, ECX, 20, CPU, SHOWN, SSE4_2, "")                                          \
F(MOVBE, "movbe", 0x1, ECX, 22, CPU, SHOWN, MOVBE, "")                                             \
F(POPCNT, "popcnt", 0x1, ECX, 23, CPU, SHOWN, POPCNT, "")                                          \
F(AES, "aes", 0x1, ECX, 25, CPU, SHOWN, AES, "")                                                   \
F(XSAVE, "xsave", 0x1, ECX, 26, CPU, SHOWN, XSAVE, "CR4.OSXSAVE cannot be set, XCR0 is not there") \
F(AVX, "avx", 0x1, ECX, 28, CPU, SHOWN, XSAVE, "XCR0 bit 2 cannot be set: #UD")                    \
F(F16C, "f16c", 0x1, ECX, 29, CPU, SHOWN, AVX, "")                                                 \
F(RDRAND, "rdrand", 0x1, ECX, 30, CPU, SHOWN, RDRAND, "")                                          \
F(HYPERVISOR, "hypervisor", 0x1, ECX, 31, OWN, SHOWN, HYPERVISOR, "")                              \
F(ARAT, "arat", 0x6, EAX, 2, OWN, SHOWN, ARAT, "")                                                 \
F(FSGSBASE, "fsgsbase", 0x7, EBX, 0, CPU, SHOWN, FSGSBASE, "CR4.FSGSBASE cannot be set: #UD")      \
F(TSC_ADJUST, "tsc_adjust", 0x7, EBX, 1, OWN, SHOWN, TSC_ADJUST, "IA32_TSC_ADJUST is #GP")         \
F(BMI1, "bmi1", 0x7, EBX, 3, CPU, SHOWN, BMI1, "")                                                 \
F(AVX2, "avx2", 0x7, EBX, 5, CPU, SHOWN, AVX, "")                                                  \
F(SMEP, "smep", 0x7, EBX, 7, CPU, SHOWN, SMEP, "CR4.SMEP cannot be set")                           \
F(BMI2, "bmi2", 0x7, EBX, 8, CPU, SHOWN, BMI2, "")                                                 \
F(ERMS, "erms", 0x7, EBX, 9, CPU, SHOWN, ERMS, "")                                                 \
F(RDSEED, "rdseed", 0x7, EBX, 18, CPU, SHOWN, RDSEED, "")                                          \
F(ADX, "adx", 0x7, EBX, 19, CPU, SHOWN, ADX, "")                                                   \
F(SMAP, "smap", 0x7, EBX, 20, CPU, SHOWN, SMAP, "CR4.SMAP cannot be set")                          \
F(CLFLUSHOPT, "clflushopt", 0x7, EBX, 23, CPU, SHOWN, CLFLUSHOPT, "")                              \
F(CLWB, "clwb", 0x7, EBX, 24, CPU, SHOWN, CLWB, "")                                                \
F(SHA_NI, "sha_ni", 0x7, EBX, 29, CPU, SHOWN, SHA_NI, "")                                          \
F(UMIP, "umip", 0x7, ECX, 2, CPU, SHOWN, UMIP, "CR4.UMIP cannot be set")                           \
F(PKU, "pku", 0x7, ECX, 3, CPU, SHOWN, XSAVE, "CR4.PKE cannot be set, nor XCR0 bit 9")             \
F(GFNI, "gfni", 0x7, ECX, 8, CPU, HIDDEN, GFNI, "")                                                \
F(VAES, "vaes", 0x7, ECX, 9, CPU, HIDDEN, AVX, "")                                                 \
F(VPCLMULQDQ, "vpclmulqdq", 0x7, ECX, 10, CPU, HIDDEN, AVX, "")                                    \
F(RDPID, "rdpid", 0x7, ECX, 22, CPU, SHOWN, RDPID, "")                                            \
F(CLDEMOTE, "cldemote", 0x7, ECX, 25, CPU, HIDDEN, CLDEMOTE, "")                                   \
F(MOVDIRI, "movdiri", 0x7, ECX, 27, CPU, HIDDEN, MOVDIRI, "")                                      \
F(MOVDIR64B, "movdir64b", 0x7, ECX, 28, CPU, HIDDEN, MOVDIR64B, "")                                \
F(FSRM, "fsrm", 0x7, EDX, 4, CPU, SHOWN, FSRM, "")                                                 \
F(MD_CLEAR, "md_clear", 0x7, EDX, 10, CPU, SHOWN, MD_CLEAR, "")                                    \
F(SERIALIZE, "serialize", 0x7, EDX, 14, CPU, HIDDEN, SERIALIZE, "")                                \
F(SPEC_CTRL, "spec_ctrl", 0x7, EDX, 26, CPU, SHOWN, SPEC_CTRL,                                     \
  "IA32_SPEC_CTRL.IBRS cannot be set; IA32_PRED_CMD is #GP")                                       \
F(STIBP, "intel_stibp", 0x7, EDX, 27, CPU, SHOWN, STIBP, "IA32_SPEC_CTRL.STIBP cannot be set")     \
F(ARCH_CAPABILITIES, "arch_capabilities", 0x7, EDX, 29, OWN, SHOWN, ARCH_CAPABILITIES,             \
  "IA32_ARCH_CAPABILITIES is #GP")                                                                 \
F(SSBD, "spec_ctrl_ssbd", 0x7, EDX, 31, CPU, SHOWN, SSBD, "IA32_SPEC_CTRL.SSBD cannot be set")     \
F(KVM, "kvm", 0x40000000, WHOLE, 0, OWN, HIDDEN, KVM,                                              \
  "KVM's MSRs are #GP, its hypercalls are unknown; shown to kernels of type linux")                \
F(KVM_PV_EOI, "kvm_pv_eoi", 0x40000001, EAX, 6, OWN, SHOWN, KVM, "MSR 4B564D04h is #GP")           \
F(LAHF_LM, "lahf_lm", 0x80000001, ECX, 0, CPU, SHOWN, LAHF_LM, "")                                 \
F(ABM, "abm", 0x80000001, ECX, 5, CPU, SHOWN, ABM, "")                                             \
F(SSE4A, "sse4a", 0x80000001, ECX, 6, CPU, SHOWN, SSE4A, "")                                       \
F(MISALIGNSSE, "misalignsse", 0x80000001, ECX, 7, CPU, SHOWN, MISALIGNSSE, "")                     \
F(PREFETCHW, "3dnowprefetch", 0x80000001, ECX, 8, CPU, SHOWN, PREFETCHW, "")                       \
F(XOP, "xop", 0x80000001, ECX, 11, CPU, HIDDEN, AVX, "")                                           \
F(FMA4, "fma4", 0x80000001, ECX, 16, CPU, HIDDEN, AVX, "")                                         \
F(TBM, "tbm", 0x80000001, ECX, 21, CPU, HIDDEN, TBM, "")                                           \
F(MMXEXT, "mmxext", 0x80000001, EDX, 22, CPU, SHOWN, MMXEXT, "")                                   \
F(PDPE1GB, "pdpe1gb", 0x80000001, EDX, 26, CPU, SHOWN, PDPE1GB, "")                                \
F(RDTSCP, "rdtscp", 0x80000001, EDX, 27, CPU, SHOWN, RDTSCP,                                       \
  "IA32_TSC_AUX is #GP, unless rdpid is shown")                                                    \
F(NONSTOP_TSC, "nonstop_tsc", 0x80000007, EDX, 8, OWN, SHOWN, NONSTOP_TSC, "")                     \
F(CLZERO, "clzero", 0x80000008, EBX, 0, CPU, HIDDEN, CLZERO, "")                                   \
F(AMD_IBPB, "ibpb", 0x80000008, EBX, 12, CPU, SHOWN, AMD_IBPB, "IA32_PRED_CMD is #GP")             \
F(AMD_IBRS, "ibrs", 0x80000008, EBX, 14, CPU, SHOWN, AMD_IBRS,                                     \
  "IA32_SPEC_CTRL.IBRS cannot be set")                                                             \
F(AMD_STIBP, "stibp", 0x80000008, EBX, 15, CPU, SHOWN, AMD_STIBP,                                  \
  "IA32_SPEC_CTRL.STIBP cannot be set")                                                            \
F(AMD_SSBD, "amd_ssbd", 0x80000008, EBX, 24, CPU, SHOWN, AMD_SSBD,                                 \
  "IA32_SPEC_CTRL.SSBD cannot be set")
/* clang-format on */

enum guest_feature {
#define FEATURE_ENUM(id, name, leaf, reg, bit, source, shown, needs, text) GUEST_##id,
	GUEST_FEATURES(FEATURE_ENUM)
#undef FEATURE_ENUM
		GUEST_FEATURE_COUNT
};
_Static_assert(GUEST_FEATURE_COUNT <= 64, "a set of features is 64 bits");

#endif
