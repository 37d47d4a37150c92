# SPDX-License-Identifier: BSD-3-Clause
"""tools/check-hls finds one bad sample of each kind, and nothing in a good one."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["PS_SOURCE"])
CHECK = ROOT / "tools/check-hls"

GOOD = """
#include <stdint.h>
#define COUNT 8
static uint32_t total[COUNT];
static uint32_t twice(uint32_t x)
{
    return 2 * x; /* malloc(1); while (1) ; */
}
void add(const uint8_t *src, uint32_t count)
{
    for (int i = 0; i < COUNT; i++)
        total[i] += twice(src[i]);
    for (uint32_t i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 8
        total[0] += (uint32_t)src[i];
    }
}
"""

BAD = {  # each in place of the good sample's last function, by the kind it must be found as
    "heap": "void *f(void)\n{\n    return malloc(8);\n}",
    "library": "int rand(void);\nint f(void)\n{\n    return rand();\n}",
    "recursion": "int g(int x);\nint f(int x)\n{\n    return x ? g(x - 1) : 0;\n}\n"
                 "int g(int x)\n{\n    return f(x);\n}",
    "function pointer": "int f(int (*g)(int))\n{\n    return g(1);\n}",
    "pointer to pointer": "int f(const uint8_t **p)\n{\n    return **p;\n}",
    "array of pointers": "int f(const uint8_t *a)\n{\n    const uint8_t *const p[2] = { a, a };\n"
                         "    return *p[1];\n}",
    "pointer cast": "uint32_t f(const uint8_t *a)\n{\n    return *(const uint32_t *)a;\n}",
    "VLA": "int f(int n)\n{\n    int a[n];\n    a[0] = 1;\n    return a[0];\n}",
    "goto": "int f(int n)\n{\n    if (n)\n        goto end;\n    n = 2;\nend:\n    return n;\n}",
    "asm": 'void f(void)\n{\n    __asm__ volatile("nop");\n}',
    "loop": "int f(int n)\n{\n    int s = 0;\n    for (int i = 0; i < n; i++)\n        s += i;\n"
            "    return s;\n}",
    "c++14": "int f(void)\n{\n    int class = 1;\n    return class;\n}",
}

MORE = [  # other forms of kinds that have several
    ("loop", "void f(void)\n{\n    while (1) {\n        total[0]++;\n    }\n}"),
    ("loop", "void f(void)\n{\n    for (;;) {\n        total[0]++;\n    }\n}"),
    ("loop", "void f(uint32_t n)\n{\n    while (total[0] < n)\n        total[0]++;\n}"),
    ("loop", "void f(uint32_t n)\n{\n    do {\n        total[0]++;\n    } while (total[0] < n);\n}"),
    ("loop", "void f(int n)\n{\n    for (int i = n; i < COUNT; i++)\n        total[i]++;\n}"),
    ("function pointer", "void *f(void)\n{\n    return (void *)twice;\n}"),
    ("recursion", "int f(int x)\n{\n    return x ? f(x - 1) : 0;\n}"),
    ("library", "#include <stdio.h>\nvoid f(void)\n{\n    total[0] = 0;\n}"),
    ("heap", "void f(void *p)\n{\n    free(p);\n}"),
]


def check(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "sample.c")
        path.write_text(text)
        run = subprocess.run([sys.executable, str(CHECK), str(path)], capture_output=True,
                             text=True, check=False)
    kinds = {line.split(": ")[1] for line in run.stdout.splitlines()}
    return run.returncode, kinds


def with_last_function(text):
    return GOOD[:GOOD.index("void add")] + text + "\n"


def copy_of_kernels(folder, name, old, new):
    """The whole tree's kernels, with one text replaced in one of them."""
    run = subprocess.run(["cp", "-r", str(ROOT / "kernels"), folder], check=False)
    path = pathlib.Path(folder, "kernels", name)
    text = path.read_text()
    assert run.returncode == 0 and old in text
    path.write_text(text.replace(old, new, 1))
    found = subprocess.run([sys.executable, str(CHECK), folder], capture_output=True, text=True,
                           check=False, env={"PATH": ""})  # no compiler: only the text counts here
    return found.stdout


class CheckHls(unittest.TestCase):
    def test_a_good_sample_passes(self):
        self.assertEqual(check(GOOD), (0, set()))

    def test_each_kind_is_found(self):
        for kind, text in list(BAD.items()) + MORE:
            with self.subTest(kind=kind, text=text):
                status, kinds = check(with_last_function(text))
                self.assertEqual(status, 1)
                self.assertIn(kind, kinds)

    def test_an_interface_that_lacks_something_is_found(self):
        breaches = [
            ("#pragma HLS INTERFACE m_axi port = dst3 bundle = gmem4 depth = 12441600\n", "",
             "no m_axi port for dst3"),
            ("#pragma HLS INTERFACE s_axilite port = size5\n", "", "no s_axilite port for size5"),
            ("#pragma HLS INTERFACE s_axilite port = return\n", "", "no s_axilite port for return"),
            ("port = dst3 bundle = gmem4", "port = dst3 bundle = gmem3", "share gmem3"),
            (" bundle = gmem4 depth = 12441600", " bundle = gmem4", "without bundle or depth"),
        ]
        for old, new, wanted in breaches:
            with self.subTest(wanted=wanted), tempfile.TemporaryDirectory() as folder:
                self.assertIn(wanted, copy_of_kernels(folder, "scale/scale.c", old, new))

    def test_arguments_in_another_order_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("parameters are not those", copy_of_kernels(
                folder, "abi/arguments.def", "PSK_SCALAR(size0)\nPSK_SCALAR(size1)",
                "PSK_SCALAR(size1)\nPSK_SCALAR(size0)"))


if __name__ == "__main__":
    unittest.main()
