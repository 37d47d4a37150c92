/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/xclbin_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xclbin.h>

struct file {
    FILE *in;
    uint64_t size_bytes;
    struct axlf top;
    struct axlf_section_header sections[ACCEL_SECTIONS_MAX];
};

static int read_at(struct file *file, uint64_t at, void *to, size_t size_bytes)
{
    if (at > file->size_bytes || size_bytes > file->size_bytes - at)
        return -ENOEXEC;
    if (fseek(file->in, (long)at, SEEK_SET) != 0 ||
        fread(to, 1, size_bytes, file->in) != size_bytes)
        return -ENOEXEC;
    return 0;
}

/* The headers, with every section inside the file. */
static int read_headers(struct file *file)
{
    const struct axlf_header *header = &file->top.m_header;

    if (read_at(file, 0, &file->top, sizeof(file->top)) != 0 ||
        memcmp(file->top.m_magic, "xclbin2", 8) != 0)
        return -ENOEXEC;
    if (header->m_length > file->size_bytes || header->m_numSections < 1 ||
        header->m_numSections > ACCEL_SECTIONS_MAX)
        return -ENOEXEC;
    if (read_at(file, offsetof(struct axlf, m_sections), file->sections,
                header->m_numSections * sizeof(file->sections[0])) != 0)
        return -ENOEXEC;
    for (uint32_t i = 0; i < header->m_numSections; i++) {
        const struct axlf_section_header *s = &file->sections[i];

        if (s->m_sectionOffset > header->m_length ||
            s->m_sectionSize > header->m_length - s->m_sectionOffset)
            return -ENOEXEC;
    }
    return 0;
}

static const struct axlf_section_header *find(const struct file *file, enum axlf_section_kind kind)
{
    for (uint32_t i = 0; i < file->top.m_header.m_numSections; i++)
        if (file->sections[i].m_sectionKind == (uint32_t)kind)
            return &file->sections[i];
    return NULL;
}

static int add_cu(struct accel_xclbin *xclbin, const struct ip_data *ip)
{
    const char *name = (const char *)ip->m_name;

    if (ip->m_type != IP_KERNEL)
        return 0;
    if (xclbin->cu_count == PS_ACCEL_CUS_MAX || memchr(name, '\0', sizeof(ip->m_name)) == NULL ||
        strchr(name, ':') == NULL)
        return -ENOEXEC;
    memcpy(xclbin->cus[xclbin->cu_count++], name, sizeof(ip->m_name));
    return 0;
}

static int read_cus(struct file *file, struct accel_xclbin *xclbin)
{
    const struct axlf_section_header *s = find(file, IP_LAYOUT);
    const size_t head = offsetof(struct ip_layout, m_ip_data);
    int32_t count = 0;
    int rc;

    if (s == NULL || s->m_sectionSize < head)
        return -ENOEXEC;
    rc = read_at(file, s->m_sectionOffset, &count, sizeof(count));
    if (rc != 0 || count < 0 ||
        (uint64_t)count > (s->m_sectionSize - head) / sizeof(struct ip_data))
        return -ENOEXEC;
    for (int32_t i = 0; i < count && rc == 0; i++) {
        struct ip_data ip;

        rc = read_at(file, s->m_sectionOffset + head + (uint64_t)i * sizeof(ip), &ip, sizeof(ip));
        if (rc == 0)
            rc = add_cu(xclbin, &ip);
    }
    return rc != 0 || xclbin->cu_count == 0 ? -ENOEXEC : 0;
}

/* Buffers of one card all lie in one memory; which, XRT tells only on the card. */
static int read_memory(struct file *file, struct accel_xclbin *xclbin)
{
    const struct axlf_section_header *s = find(file, MEM_TOPOLOGY);
    const size_t head = offsetof(struct mem_topology, m_mem_data);
    int32_t count = 0;
    int rc = s == NULL || s->m_sectionSize < head
                 ? -ENOEXEC
                 : read_at(file, s->m_sectionOffset, &count, sizeof(count));

    if (rc != 0 || count < 0 ||
        (uint64_t)count > (s->m_sectionSize - head) / sizeof(struct mem_data))
        return -ENOEXEC;
    for (int32_t i = 0; i < count && rc == 0; i++) {
        struct mem_data m;

        rc = read_at(file, s->m_sectionOffset + head + (uint64_t)i * sizeof(m), &m, sizeof(m));
        if (rc == 0 && m.m_used != 0 && m.m_size <= UINT64_MAX / 1024 &&
            m.m_size * 1024 > xclbin->memory_bytes)
            xclbin->memory_bytes = m.m_size * 1024;
    }
    return rc;
}

static int read_all(struct file *file, struct accel_xclbin *ret_xclbin)
{
    int rc = read_headers(file);

    if (rc != 0)
        return rc;
    if (find(file, EMBEDDED_METADATA) == NULL)
        return -ENOEXEC;
    snprintf(ret_xclbin->card, sizeof(ret_xclbin->card), "%.*s", (int)ACCEL_CARD_MAX,
             (const char *)file->top.m_header.m_platformVBNV);
    rc = read_memory(file, ret_xclbin);
    return rc != 0 ? rc : read_cus(file, ret_xclbin);
}

int accel_xclbin_read(struct accel_xclbin *ret_xclbin, const char *path)
{
    struct file file = { .in = fopen(path, "rb") };
    int rc = -ENOEXEC;
    long end;

    *ret_xclbin = (struct accel_xclbin){ .cu_count = 0 };
    if (file.in == NULL)
        return -ENOENT;
    if (fseek(file.in, 0, SEEK_END) == 0) {
        end = ftell(file.in);
        file.size_bytes = end > 0 ? (uint64_t)end : 0;
        rc = read_all(&file, ret_xclbin);
    }
    fclose(file.in);
    return rc;
}
