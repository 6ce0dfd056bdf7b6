#include "verilated.h"
#include "verilated_save.h"
#include "verilated_sym_props.h"
#include "verilated_syms.h"
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

// Newer Verilators draw the initial values of a memory's elements each from the same seed, so that all
// are equal. A number per draw tells them apart.
uint64_t verilated_shim_draw();
#define VL_SCOPED_RAND_RESET_I(bits, scope, salt) VL_SCOPED_RAND_RESET_I(bits, scope, (salt) ^ verilated_shim_draw())
#define VL_SCOPED_RAND_RESET_Q(bits, scope, salt) VL_SCOPED_RAND_RESET_Q(bits, scope, (salt) ^ verilated_shim_draw())
#define VL_SCOPED_RAND_RESET_W(bits, to, scope, salt) VL_SCOPED_RAND_RESET_W(bits, to, scope, (salt) ^ verilated_shim_draw())
