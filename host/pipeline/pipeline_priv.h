/* SPDX-License-Identifier: BSD-3-Clause */
/* host/pipeline/pipeline_priv.h - what the files of this folder share of the pipeline. Loop thread.
 */
#ifndef PS_HOST_PIPELINE_PIPELINE_PRIV_H
#define PS_HOST_PIPELINE_PIPELINE_PRIV_H

#include "host/pipeline/decode.h"
#include "host/pipeline/pipeline.h"

struct making;

struct ps_pipeline {
    struct ps_pipeline_config cfg;
    struct ps_workers *workers;
    struct ps_decodes *decodes; /* NULL without a card */
    struct making *makings;     /* newest first */
    uint32_t making_count;
    uint32_t probing;
    struct ps_pipeline_status status;
};

#endif
