#include "tests/support/ps_test.h"
int main(void) { return 0; }
