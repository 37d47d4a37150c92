/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/dispatch_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/control/table_priv.h"

#define TYPE_REQUEST      0u
#define TYPE_ANSWER       1u
#define TYPE_NOTIFICATION 2u

#define ENVELOPE_BYTES_MAX 64u  /* around a result */
#define MESSAGE_BYTES_MAX  192u /* of an error */
#define NAME_BYTES_MAX     64u

/* What goes wrong with one call; code NULL: nothing. */
struct failure {
    const char *code;
    char message[MESSAGE_BYTES_MAX];
};

struct call {
    bool wants_answer;
    uint64_t id;
    const struct ps_msg_value *method;
    const struct ps_msg_value *params; /* the array */
};

__attribute__((format(printf, 3, 4))) static void fail(struct failure *failure, const char *code,
                                                       const char *fmt, ...)
{
    va_list args;

    failure->code = code;
    va_start(args, fmt);
    vsnprintf(failure->message, sizeof(failure->message), fmt, args);
    va_end(args);
}

/* Text from outside, cut, for a message. */
static const char *shown(const struct ps_msg_value *text, char name[NAME_BYTES_MAX])
{
    return ps_msg_as_name(text, name, NAME_BYTES_MAX) == 0 ? name : "?";
}

static int open_envelope(const struct ps_msg_value *root, struct call *ret_call)
{
    uint64_t type = TYPE_ANSWER;

    if (ps_msg_type_of(root) != PS_MSG_ARRAY || ps_msg_count(root) < 3 ||
        ps_msg_as_u64(ps_msg_at(root, 0), &type) != 0)
        return -EBADMSG;
    const bool is_request = type == TYPE_REQUEST && ps_msg_count(root) == 4;
    if (!is_request && !(type == TYPE_NOTIFICATION && ps_msg_count(root) == 3))
        return -EBADMSG;
    ret_call->wants_answer = is_request;
    ret_call->id = 0;
    if (is_request &&
        (ps_msg_as_u64(ps_msg_at(root, 1), &ret_call->id) != 0 || ret_call->id > UINT32_MAX))
        return -EBADMSG;
    ret_call->method = ps_msg_at(root, is_request ? 2 : 1);
    ret_call->params = ps_msg_at(root, is_request ? 3 : 2);
    const enum ps_msg_type name = ps_msg_type_of(ret_call->method);
    if ((name != PS_MSG_STR && name != PS_MSG_BIN) || /* pynvim sends names as bytes */
        ps_msg_type_of(ret_call->params) != PS_MSG_ARRAY)
        return -EBADMSG;
    return 0;
}

static unsigned find_method(const struct ps_msg_value *name)
{
    unsigned method = 0;

    while (method < PS_CONTROL_METHOD_COUNT && !ps_msg_is(name, ps_control_methods[method].name))
        method++;
    return method;
}

static bool value_fits(const struct ps_control_param *param, const struct ps_msg_value *value)
{
    const char *text = NULL;
    size_t length = 0;
    uint64_t count = 0;
    int64_t number = 0;
    double real = 0;
    bool flag = false;

    switch (param->type) {
    case PS_CONTROL_STR:
        return ps_msg_type_of(value) == PS_MSG_STR && ps_msg_as_bytes(value, &text, &length) == 0 &&
               length <= param->max && memchr(text, '\0', length) == NULL;
    case PS_CONTROL_U64:
        return ps_msg_as_u64(value, &count) == 0 && count <= param->max;
    case PS_CONTROL_I64:
        return ps_msg_as_i64(value, &number) == 0;
    case PS_CONTROL_F64:
        return ps_msg_as_f64(value, &real) == 0;
    case PS_CONTROL_BOOL:
        return ps_msg_as_bool(value, &flag) == 0;
    }
    return false;
}

static const struct ps_control_param *find_param(unsigned method, const struct ps_msg_value *name)
{
    for (unsigned i = 0; i < PS_CONTROL_PARAM_COUNT; i++)
        if (ps_control_params[i].method == method && ps_msg_is(name, ps_control_params[i].name))
            return &ps_control_params[i];
    return NULL;
}

/* Each parameter given is in the table and fits; each that is required is given. */
static void check_params(unsigned method, const struct ps_msg_value *map, struct failure *failure)
{
    char name[NAME_BYTES_MAX];

    for (uint32_t i = 0; map != NULL && i < ps_msg_count(map); i++) {
        const struct ps_msg_value *key = ps_msg_key_at(map, i);
        const struct ps_control_param *param = find_param(method, key);
        if (param == NULL) {
            fail(failure, "bad_params", "there is no parameter `%s`", shown(key, name));
            return;
        }
        if (!value_fits(param, ps_msg_at(map, i))) {
            fail(failure, "bad_params", "`%s` must be %s of at most %llu%s", param->name,
                 ps_control_type_names[param->type], (unsigned long long)param->max,
                 param->type == PS_CONTROL_STR ? " bytes" : "");
            return;
        }
    }
    for (unsigned i = 0; i < PS_CONTROL_PARAM_COUNT; i++) {
        const struct ps_control_param *param = &ps_control_params[i];
        if (param->method == method && param->required && ps_msg_get(map, param->name) == NULL) {
            fail(failure, "bad_params", "`%s` is missing", param->name);
            return;
        }
    }
}

/* [] or [{...}]; ret_map is NULL for the former. */
static bool unwrap_params(const struct ps_msg_value *params, const struct ps_msg_value **ret_map)
{
    *ret_map = NULL;
    if (ps_msg_count(params) == 0)
        return true;
    *ret_map = ps_msg_at(params, 0);
    return ps_msg_count(params) == 1 && ps_msg_type_of(*ret_map) == PS_MSG_MAP;
}

static void fail_errno(unsigned method, int error, struct failure *failure)
{
    for (unsigned i = 0; i < PS_CONTROL_ERROR_COUNT; i++) {
        const struct ps_control_error *row = &ps_control_errors[i];
        if (row->method == method && row->error == error) {
            fail(failure, ps_control_code_of(error), "%s", row->help);
            return;
        }
    }
    if (error == EMSGSIZE)
        fail(failure, "too_big", "the answer would be too long; ask for less");
    else
        fail(failure, error == ENOMEM ? "no_memory" : "failed", "%s", strerror(error));
}

/* One whole value and nothing behind it; anything else would end the client's understanding. */
static bool is_one_value(const struct ps_msg_writer *result)
{
    struct ps_msg_framer framer = { 0 };

    return ps_msg_frame(&framer, result->data, result->size_bytes) == (ssize_t)result->size_bytes &&
           result->size_bytes > 0;
}

static void run(struct ps_control_dispatch *dispatch, unsigned method,
                const struct ps_msg_value *params, struct failure *failure)
{
    ps_control_handler handler;
    int rc = 0;

    memcpy(&handler, (const char *)&dispatch->handlers + ps_control_methods[method].handler,
           sizeof(handler));
    ps_msg_writer_reset(&dispatch->result);
    if (method == PS_CONTROL_METHOD_api_describe)
        ps_control_describe(dispatch->version, &dispatch->result);
    else if (handler == NULL)
        fail(failure, "unsupported", "this daemon does not have it");
    else
        rc = handler(dispatch->arg, params, &dispatch->result);
    if (failure->code != NULL)
        return;
    if (rc == 0)
        rc = dispatch->result.error;
    if (rc != 0)
        fail_errno(method, -rc, failure);
    else if (!is_one_value(&dispatch->result))
        fail(failure, "failed", "the answer is not one value");
}

static void call_method(struct ps_control_dispatch *dispatch, enum ps_control_role role,
                        const struct call *call, struct failure *failure)
{
    const unsigned method = find_method(call->method);
    const struct ps_msg_value *params = NULL;
    char name[NAME_BYTES_MAX];

    if (method == PS_CONTROL_METHOD_COUNT)
        fail(failure, "unknown_method", "there is no method `%s`", shown(call->method, name));
    else if (role < ps_control_methods[method].role)
        fail(failure, "denied", "needs role %s, yours is %s",
             ps_control_role_names[ps_control_methods[method].role], ps_control_role_names[role]);
    else if (!unwrap_params(call->params, &params))
        fail(failure, "bad_params", "give the parameters as one map");
    else
        check_params(method, params, failure);
    if (failure->code == NULL)
        run(dispatch, method, params, failure);
}

static void put_answer(struct ps_control_dispatch *dispatch, const struct call *call,
                       const struct failure *failure)
{
    struct ps_msg_writer *answer = &dispatch->answer;

    ps_msg_put_array(answer, 4);
    ps_msg_put_u64(answer, TYPE_ANSWER);
    ps_msg_put_u64(answer, call->id);
    if (failure->code == NULL) {
        ps_msg_put_nil(answer);
        ps_msg_put_raw(answer, dispatch->result.data, dispatch->result.size_bytes);
        return;
    }
    ps_msg_put_array(answer, 2);
    ps_msg_put_str(answer, failure->code);
    ps_msg_put_str(answer, failure->message);
    ps_msg_put_nil(answer);
}

void ps_control_dispatch_init(struct ps_control_dispatch *dispatch,
                              const struct ps_control_config *cfg)
{
    memset(dispatch, 0, sizeof(*dispatch));
    dispatch->handlers = *cfg->handlers;
    dispatch->arg = cfg->arg;
    dispatch->version = cfg->version;
    ps_msg_writer_init(&dispatch->result, PS_MSG_BYTES_MAX - ENVELOPE_BYTES_MAX);
    ps_msg_writer_init(&dispatch->answer, PS_MSG_BYTES_MAX);
}

void ps_control_dispatch_fini(struct ps_control_dispatch *dispatch)
{
    ps_msg_writer_fini(&dispatch->answer);
    ps_msg_writer_fini(&dispatch->result);
}

int ps_control_dispatch_one(struct ps_control_dispatch *dispatch, enum ps_control_role role,
                            const void *request, size_t size_bytes)
{
    struct failure failure = { 0 };
    struct ps_msg *msg = NULL;
    struct call call;

    ps_msg_writer_reset(&dispatch->answer);
    int rc = ps_msg_read(&msg, request, size_bytes);
    if (rc == 0)
        rc = open_envelope(ps_msg_root(msg), &call);
    if (rc == 0) {
        dispatch->requests++;
        call_method(dispatch, role, &call, &failure);
        dispatch->errors += failure.code != NULL;
        if (call.wants_answer)
            put_answer(dispatch, &call, &failure);
        rc = dispatch->answer.error;
    }
    ps_msg_destroy(msg);
    return rc == 0 || rc == -ENOMEM ? rc : -EBADMSG;
}
