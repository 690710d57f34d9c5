/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UCALL: how a guest's kernel calls Bulkhead. Needs nothing but a compiler; guests include it.
 *
 * arm64: HVC #0, number in W0, arguments in X1..X6, results in X0 and X1; X4..X17 are kept but
 * for results. x86: VMCALL (Intel) or VMMCALL (AMD) at CPL 0, number in EAX, arguments in RBX,
 * RCX, RDX, RSI, R8, R9, results in RAX and RDX. Bits 63:32 of the number are ignored.
 *
 * The first result is 0 or one of the errors below. An unknown operation is UCALL_ENOSYS, never a
 * fault; a number that is not UCALL's is firmware's (arm64: NOT_SUPPORTED) or UCALL_ENOSYS too.
 * From user mode the instruction is undefined.
 */
#ifndef ABI_UCALL_H
#define ABI_UCALL_H

/* Number of an operation: UCALL_BASE + UCALL_OP_*. */
#if defined(__aarch64__)
#define UCALL_BASE 0xc6000000U /* SMCCC: fast, 64-bit, vendor-specific hypervisor service */
#else
#define UCALL_BASE 0xb0000000U
#endif

/* So many numbers from there on are UCALL's, whether there is such an operation or not. */
#define UCALL_OPS 0x10000U

/* FEATURES(word): second result is the bitmap of operations 64 * word and up. Never fails. */
#define UCALL_OP_FEATURES 0U

/*
 * BELL(handle): the other end of a channel gets its interrupt. EINVAL: no such handle, or none of a
 * channel; EPIPE: the other side does not run. The guest's description has the handle.
 */
#define UCALL_OP_BELL 8U

/*
 * What a partition may do that manages others; each takes the handle of the one that is meant.
 * EINVAL: no such handle; EPERM: it does not allow that. START, STOP and RESTART leave a wish and
 * return; STATE tells what became of it.
 */
#define UCALL_OP_START 16U
#define UCALL_OP_STOP 17U
#define UCALL_OP_RESTART 18U
/* MARK_GOOD: its failures so far count no longer. */
#define UCALL_OP_MARK_GOOD 19U
/* STATE: second result is UCALL_STATE_* in bits 7:0, and in 63:32 how often it was started. */
#define UCALL_OP_STATE 20U
#define UCALL_STATE_OFF 0U
#define UCALL_STATE_STARTING 1U
#define UCALL_STATE_RUNNING 2U
#define UCALL_STATE_STOPPING 3U
#define UCALL_STATE_FAILED 4U
/*
 * READ_LOG(handle, seq, gpa): writes the first record about that partition from number @seq on to
 * @gpa, a struct ucall_log_record. Second result: the number to go on with. EAGAIN: there was none
 * among those looked at, and nothing was written; EFAULT: @gpa. Begin with 1.
 */
#define UCALL_OP_READ_LOG 21U

/* ALIVE(): the caller's partition works. One with a watchdog must say so within its time. */
#define UCALL_OP_ALIVE 22U

/*
 * HEALTH(handle, kind): second result is how often since boot that partition was found unwell in
 * that way, whatever was done about it. EINVAL: no such kind.
 */
#define UCALL_OP_HEALTH 23U
#define UCALL_HEALTH_STOP 0U     /* a vcpu could not go on */
#define UCALL_HEALTH_ERROR 1U    /* hardware reported an error of what it did */
#define UCALL_HEALTH_DEADLINE 2U /* it missed its deadline */
#define UCALL_HEALTH_WATCHDOG 3U /* its watchdog ran out */
#define UCALL_HEALTH_DMA 4U      /* a device of it was refused memory by an IOMMU */

/*
 * Errors, as signed 32- and 64-bit numbers. They lie beyond the -4095 where Linux and KVM end
 * and cannot be taken for SMCCC's -1 to -3 either.
 */
#define UCALL_ERROR(n) (-0xb000LL - (n))
#define UCALL_OK 0LL
#define UCALL_ENOSYS UCALL_ERROR(1)    /* no such operation */
#define UCALL_EINVAL UCALL_ERROR(2)    /* an argument breaks the operation's rule */
#define UCALL_EPERM UCALL_ERROR(3)     /* not allowed to this partition, or sealed */
#define UCALL_EFAULT UCALL_ERROR(4)    /* an address is not the caller's memory */
#define UCALL_E2BIG UCALL_ERROR(5)     /* more than the operation takes at once */
#define UCALL_EQUOTA UCALL_ERROR(6)    /* a quota of the partition is used up */
#define UCALL_EAGAIN UCALL_ERROR(7)    /* some is done; the second result says how much */
#define UCALL_EPIPE UCALL_ERROR(8)     /* the other side is gone */
#define UCALL_ETIMEDOUT UCALL_ERROR(9) /* the other side did not answer within its bound */

#ifndef __ASSEMBLER__
#define UCALL_LOG_TEXT 120
struct ucall_log_record {
	unsigned long long seq;
	unsigned long long stamp; /* ticks of Bulkhead's clock */
	unsigned int level;       /* 0 error, 1 warn, 2 info, 3 debug */
	unsigned int length;      /* of text, without the NUL behind it */
	char text[UCALL_LOG_TEXT];
};
#endif

#endif
