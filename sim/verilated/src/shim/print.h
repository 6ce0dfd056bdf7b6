// Included before everything: text that a model prints ($display and the like) goes to the instance
// that printed it, so that it can appear in an error and never on the host's standard output.
#ifndef VERILATED_SHIM_PRINT
#define VERILATED_SHIM_PRINT
int verilated_shim_print(const char* format, ...) __attribute__((format(printf, 1, 2)));
#define VL_PRINTF verilated_shim_print
#endif
