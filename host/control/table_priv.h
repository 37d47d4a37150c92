/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/control/table_priv.h - commands.def as data.
 *
 * Threads: any; the tables are constant.
 */
#ifndef PS_HOST_CONTROL_TABLE_PRIV_H
#define PS_HOST_CONTROL_TABLE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/control/control.h"

enum ps_control_method_id {
#define PS_METHOD(id, ...) PS_CONTROL_METHOD_##id,
#include "host/control/commands.def"
    PS_CONTROL_METHOD_COUNT,
};

enum {
    PS_CONTROL_PARAM_COUNT = 0
#define PS_PARAM(...) +1
#include "host/control/commands.def"
};

enum {
    PS_CONTROL_ERROR_COUNT = 0
#define PS_ERROR(...) +1
#include "host/control/commands.def"
};

enum {
    PS_CONTROL_FIELD_COUNT = 0
#define PS_FIELD(...) +1
#include "host/control/commands.def"
};

enum ps_control_type {
    PS_CONTROL_STR,
    PS_CONTROL_U64,
    PS_CONTROL_I64,
    PS_CONTROL_F64,
    PS_CONTROL_BOOL,
};

enum ps_control_scope { PS_CONTROL_NODE, PS_CONTROL_TENANT };

struct ps_control_method {
    const char *name;
    enum ps_control_role role;
    enum ps_control_scope scope;
    const char *since;
    const char *help;
    size_t handler; /* offset in struct ps_control_handlers */
};

/* Rows that belong to a method are found by its number; the tables are short. */
struct ps_control_param {
    unsigned method;
    const char *name;
    enum ps_control_type type;
    bool required;
    uint64_t max;
    const char *help;
};

struct ps_control_error {
    unsigned method;
    int error; /* positive errno */
    const char *help;
};

struct ps_control_field {
    unsigned method;
    const char *path;
    enum ps_control_type type;
    const char *unit;
    const char *help;
};

extern const struct ps_control_method ps_control_methods[PS_CONTROL_METHOD_COUNT];
extern const struct ps_control_param ps_control_params[PS_CONTROL_PARAM_COUNT];
extern const struct ps_control_error ps_control_errors[PS_CONTROL_ERROR_COUNT];
extern const struct ps_control_field ps_control_fields[PS_CONTROL_FIELD_COUNT];

extern const char *const ps_control_role_names[];
extern const char *const ps_control_scope_names[];
extern const char *const ps_control_type_names[];

/** What an errno of a handler is called on the wire: `invalid`, `exists`, ...; else `failed`. */
const char *ps_control_code_of(int error);

/** The whole table as the result of api.describe. */
void ps_control_describe(const char *version, struct ps_msg_writer *result);

#endif
