/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error enum for all of Bulkhead (docs/design.md, law 13). Functions that can fail return
 * 0 or one of these, negative. The numbers are internal: guests see include/abi/ only.
 */
#ifndef BULKHEAD_LIB_ERROR_H
#define BULKHEAD_LIB_ERROR_H

enum bh_error {
	BH_OK = 0,
	BH_EINVAL = -1,     /* an argument or a table breaks its own specification */
	BH_ENOMEM = -2,     /* a counted quota or a boot pool is used up */
	BH_ENODEV = -3,     /* the thing is not there; often no error at all */
	BH_ENOENT = -4,     /* no such entry */
	BH_EEXIST = -5,     /* the entry is there already */
	BH_EBUSY = -6,      /* in use, or a job is under way */
	BH_EPERM = -7,      /* policy forbids it */
	BH_ERANGE = -8,     /* a number is outside what the format can express */
	BH_EOVERFLOW = -9,  /* more of something than Bulkhead is configured to hold */
	BH_ETIMEDOUT = -10, /* hardware did not answer within its bound */
	BH_EIO = -11,       /* hardware answered with an error */
	BH_ENOTSUP = -12,   /* valid, and not implemented by this machine or build */
	BH_EAGAIN = -13,    /* more steps are needed: call again */
	BH_EFAULT = -14,    /* an address does not belong to whoever named it */
	BH_ELOOP = -15,     /* a list or tree that must end does not */
	BH_EBADSIG = -16,   /* a signature or hash does not verify */
};

/* The name of an error code ("EINVAL"), "OK" for 0, "E?" for a number outside the enum. */
const char *error_name(int err);

#endif
