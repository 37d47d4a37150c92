/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/table_priv.h"

#include <errno.h>

#include "host/base/mem.h"

const struct ps_control_method ps_control_methods[PS_CONTROL_METHOD_COUNT] = {
#define PS_METHOD(id, name, role, scope, since, help)                                              \
    { name,                                                                                        \
      PS_CONTROL_##role,                                                                           \
      PS_CONTROL_##scope,                                                                          \
      since,                                                                                       \
      help,                                                                                        \
      offsetof(struct ps_control_handlers, id) },
#include "host/control/commands.def"
};

const struct ps_control_param ps_control_params[PS_CONTROL_PARAM_COUNT] = {
#define PS_PARAM(id, name, type, required, max, help)                                              \
    { PS_CONTROL_METHOD_##id, name, PS_CONTROL_##type, required, max, help },
#include "host/control/commands.def"
};

const struct ps_control_error ps_control_errors[PS_CONTROL_ERROR_COUNT] = {
#define PS_ERROR(id, error, help) { PS_CONTROL_METHOD_##id, error, help },
#include "host/control/commands.def"
};

const struct ps_control_field ps_control_fields[PS_CONTROL_FIELD_COUNT] = {
#define PS_FIELD(id, path, type, unit, help)                                                       \
    { PS_CONTROL_METHOD_##id, path, PS_CONTROL_##type, unit, help },
#include "host/control/commands.def"
};

const char *const ps_control_role_names[] = { "read", "operate", "admin" };
const char *const ps_control_scope_names[] = { "node", "tenant" };
const char *const ps_control_type_names[] = { "str", "u64", "i64", "f64", "bool" };

const char *ps_control_code_of(int error)
{
    static const struct {
        int error;
        const char *code;
    } codes[] = {
        { EINVAL, "invalid" },      { EEXIST, "exists" },
        { ENOENT, "not_found" },    { ENOSPC, "full" },
        { EBUSY, "busy" },          { ENOMEM, "no_memory" },
        { EMSGSIZE, "too_big" },    { ENODEV, "no_device" },
        { EDQUOT, "over_quota" },   { EIO, "io_error" },
        { ENOTSUP, "unsupported" }, { ERANGE, "out_of_range" },
        { EAGAIN, "try_again" },    { EHOSTUNREACH, "unreachable" },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(codes); i++)
        if (codes[i].error == error)
            return codes[i].code;
    return "failed";
}
