/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/xrt_core.h - the three C++ functions of libxrt_coreutil that a driver must call.
 *
 * Why: a device's C++ half (queries, metadata) lives in coreutil and in Debian's own objects that
 * are linked in unchanged. C names them by their symbols; the layouts are those of the exact libxrt
 * the driver was built against, which is why the host checks that version first.
 */
#ifndef PS_KERNELS_EMU_XRT_CORE_H
#define PS_KERNELS_EMU_XRT_CORE_H

struct axlf;

/* A std::shared_ptr as libstdc++ lays it out. */
struct xrt_core_ref {
    void *object;
    void *count;
};

/* std::shared_ptr<device> xrt_core::get_userpf_device(handle, id): the result goes through a
 * hidden first argument. */
struct xrt_core_ref *
xrt_core_device_get(struct xrt_core_ref *ret_ref, void *handle,
                    unsigned id) __asm__("_ZN8xrt_core17get_userpf_deviceEPvj");

/* void xrt_core::device::register_axlf(const axlf *). May throw, hence -fexceptions. */
void xrt_core_device_register(void *device, const struct axlf *top) __asm__(
    "_ZN8xrt_core6device13register_axlfEPK4axlf");

/* std::_Sp_counted_base<>::_M_release(), what a shared_ptr's destructor calls. */
void xrt_core_count_put(void *count) __asm__(
    "_ZNSt16_Sp_counted_baseILN9__gnu_cxx12_Lock_policyE2EE10_M_releaseEv");

#endif
