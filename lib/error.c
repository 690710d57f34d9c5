// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/types.h>

static const char *const error_names[] = {
	[-BH_OK] = "OK",
	[-BH_EINVAL] = "EINVAL",
	[-BH_ENOMEM] = "ENOMEM",
	[-BH_ENODEV] = "ENODEV",
	[-BH_ENOENT] = "ENOENT",
	[-BH_EEXIST] = "EEXIST",
	[-BH_EBUSY] = "EBUSY",
	[-BH_EPERM] = "EPERM",
	[-BH_ERANGE] = "ERANGE",
	[-BH_EOVERFLOW] = "EOVERFLOW",
	[-BH_ETIMEDOUT] = "ETIMEDOUT",
	[-BH_EIO] = "EIO",
	[-BH_ENOTSUP] = "ENOTSUP",
	[-BH_EAGAIN] = "EAGAIN",
	[-BH_EFAULT] = "EFAULT",
	[-BH_ELOOP] = "ELOOP",
	[-BH_EBADSIG] = "EBADSIG",
};

const char *error_name(int err)
{
	if (err > 0 || err <= -(int)ARRAY_SIZE(error_names))
		return "E?";
	return error_names[-err];
}
