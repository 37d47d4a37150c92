/* SPDX-License-Identifier: BSD-3-Clause */
/* host/control/describe.c - the table told to programs (api.describe) and people (docs/api.md). */
#include "host/control/table_priv.h"

static void put_params(struct ps_msg_writer *w, unsigned method)
{
    ps_msg_pair_array(w, "params");
    for (unsigned i = 0; i < PS_CONTROL_PARAM_COUNT; i++) {
        const struct ps_control_param *param = &ps_control_params[i];
        if (param->method != method)
            continue;
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "name", param->name);
        ps_msg_pair_str(w, "type", ps_control_type_names[param->type]);
        ps_msg_pair_bool(w, "required", param->required);
        ps_msg_pair_u64(w, "max", param->max);
        ps_msg_pair_str(w, "help", param->help);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_errors(struct ps_msg_writer *w, unsigned method)
{
    ps_msg_pair_array(w, "errors");
    for (unsigned i = 0; i < PS_CONTROL_ERROR_COUNT; i++) {
        const struct ps_control_error *error = &ps_control_errors[i];
        if (error->method != method)
            continue;
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "code", ps_control_code_of(error->error));
        ps_msg_pair_str(w, "help", error->help);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_fields(struct ps_msg_writer *w, unsigned method)
{
    ps_msg_pair_array(w, "fields");
    for (unsigned i = 0; i < PS_CONTROL_FIELD_COUNT; i++) {
        const struct ps_control_field *field = &ps_control_fields[i];
        if (field->method != method)
            continue;
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "path", field->path);
        ps_msg_pair_str(w, "type", ps_control_type_names[field->type]);
        ps_msg_pair_str(w, "unit", field->unit);
        ps_msg_pair_str(w, "help", field->help);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

void ps_control_describe(const char *version, struct ps_msg_writer *result)
{
    ps_msg_open_map(result);
    ps_msg_pair_str(result, "version", version);
    ps_msg_pair_array(result, "methods");
    for (unsigned m = 0; m < PS_CONTROL_METHOD_COUNT; m++) {
        const struct ps_control_method *method = &ps_control_methods[m];
        ps_msg_open_map(result);
        ps_msg_pair_str(result, "name", method->name);
        ps_msg_pair_str(result, "role", ps_control_role_names[method->role]);
        ps_msg_pair_str(result, "scope", ps_control_scope_names[method->scope]);
        ps_msg_pair_str(result, "since", method->since);
        ps_msg_pair_str(result, "help", method->help);
        put_params(result, m);
        put_errors(result, m);
        put_fields(result, m);
        ps_msg_close(result);
    }
    ps_msg_close(result);
    ps_msg_close(result);
}

static const char preamble[] =
    "# The API\n"
    "\n"
    "Made from `host/control/commands.def`; `ninja -C build api-doc` writes it anew, and a test\n"
    "fails when it is out of date.\n"
    "\n"
    "msgpack-RPC on a unix socket (`control.socket` of the configuration): a request is\n"
    "`[0, msgid, method, params]`, its answer `[1, msgid, error, result]`; a notification\n"
    "`[2, method, params]` has no answer. `params` is `[]`, or an array of one map with the\n"
    "parameters by name. `error` is nil or `[code, message]`. Requests may be sent without "
    "waiting\n"
    "for answers.\n"
    "\n"
    "Besides the errors of each method: `unknown_method`, `bad_params` (a name, type or range "
    "that\n"
    "the table does not allow), `denied` (the role), `unsupported` (this daemon was built or\n"
    "configured without it), `no_memory`, `too_big` (the answer; ask for less) and `failed`. What "
    "is\n"
    "no msgpack-RPC, or over 64 KiB, ends the connection.\n"
    "\n"
    "Roles: root and the daemon's own user are `admin`, a peer whose primary group is the "
    "daemon's\n"
    "may `operate`, others whom the socket's mode lets in may `read`; each includes the one "
    "before.\n"
    "Scope `node` is about the machine, `tenant` about what the caller's tenant owns. Rows are "
    "only\n"
    "ever added.\n"
    "\n"
    "Paths of results: `a.b` is `b` in the map `a`; `a[].b` is `b` in each map of the array `a`;\n"
    "`[].b` when the result is the array itself; `a[]` when its items are plain. Units: `share` "
    "is\n"
    "0 to 1; `bytes`, `s`, `ms`, `us`, `C` and `W` are themselves; without a unit it is a count or "
    "a name.\n";

static void write_params(FILE *out, unsigned method)
{
    bool any = false;

    for (unsigned i = 0; i < PS_CONTROL_PARAM_COUNT; i++) {
        const struct ps_control_param *param = &ps_control_params[i];
        if (param->method != method)
            continue;
        if (!any)
            fprintf(out, "\n| parameter | type | required | max | |\n|---|---|---|---|---|\n");
        any = true;
        fprintf(out, "| `%s` | %s | %s | %llu | %s |\n", param->name,
                ps_control_type_names[param->type], param->required ? "yes" : "no",
                (unsigned long long)param->max, param->help);
    }
}

static void write_errors(FILE *out, unsigned method)
{
    bool any = false;

    for (unsigned i = 0; i < PS_CONTROL_ERROR_COUNT; i++) {
        const struct ps_control_error *error = &ps_control_errors[i];
        if (error->method != method)
            continue;
        if (!any)
            fprintf(out, "\n| error | when |\n|---|---|\n");
        any = true;
        fprintf(out, "| `%s` | %s |\n", ps_control_code_of(error->error), error->help);
    }
}

static void write_fields(FILE *out, unsigned method)
{
    fprintf(out, "\n| result | type | unit | |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < PS_CONTROL_FIELD_COUNT; i++) {
        const struct ps_control_field *field = &ps_control_fields[i];
        if (field->method == method)
            fprintf(out, "| `%s` | %s | %s | %s |\n", field->path,
                    ps_control_type_names[field->type], field->unit, field->help);
    }
}

void ps_control_write_markdown(FILE *out)
{
    fputs(preamble, out);
    for (unsigned m = 0; m < PS_CONTROL_METHOD_COUNT; m++) {
        const struct ps_control_method *method = &ps_control_methods[m];
        fprintf(out, "\n## %s\n\n%s Role `%s`, scope `%s`, since %s.\n", method->name, method->help,
                ps_control_role_names[method->role], ps_control_scope_names[method->scope],
                method->since);
        write_params(out, m);
        write_errors(out, m);
        write_fields(out, m);
    }
}
